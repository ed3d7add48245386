"""What a process tells of itself: fields of its log lines, figures for Prometheus, spans for OpenTelemetry.

The lowest layer, which knows nothing of the console: every other package may report here.
See docs/adr/0023-logs-metrics-traces.md.
"""
