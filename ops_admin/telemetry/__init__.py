"""TELEMETRY: fields of log lines, metrics for Prometheus, spans for OpenTelemetry.

It knows nothing of the console, so every other package can use it. See docs/adr/0023-logs-metrics-traces.md.
"""
