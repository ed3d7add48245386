"""Metrics of this process, for Prometheus; those of the database are in `health.ledger_facts`.

docs/deploy.md lists each name. Labels have few values: never an id, a person's name, or an address.
"""

from prometheus_client import Counter, Gauge, Histogram

_REQUEST_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_GRAPH_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_RUN_SECONDS = (1, 5, 15, 60, 300, 900, 3600, 14400)

http_requests = Counter("ops_admin_http_requests", "Requests answered by this process.", ["method", "route", "status"])
http_seconds = Histogram(
    "ops_admin_http_request_seconds",
    "Time until the answer of a request began, by route.",
    ["route"],
    buckets=_REQUEST_SECONDS,
)
runs_enqueued = Counter("ops_admin_runs_enqueued", "Runs that this process started.", ["type"])
runs_ended = Counter("ops_admin_runs_ended", "Runs whose end this process wrote.", ["type", "outcome"])
run_seconds = Histogram("ops_admin_run_seconds", "From the claim of a run to its end.", ["type"], buckets=_RUN_SECONDS)
graph_calls = Counter(
    "ops_admin_graph_calls", "Exchanges with Microsoft Graph, by what came of them.", ["method", "outcome"]
)
graph_seconds = Histogram(
    "ops_admin_graph_call_seconds", "Duration of one exchange with Microsoft Graph.", buckets=_GRAPH_SECONDS
)
graph_throttles = Counter("ops_admin_graph_throttles", "Answers by which Graph asked to slow down (429).")
graph_waited = Counter("ops_admin_graph_waited_seconds", "Seconds waited between tries, by what caused it.", ["code"])
events_sent = Counter("ops_admin_events_sent", "Events handed to Socket.IO, by name.", ["event"])
sockets_allowed = Gauge("ops_admin_sockets_allowed", "Sockets that this process lets in at a time.")
sockets_connected = Gauge("ops_admin_sockets_connected", "Browsers connected to this process by a socket.")
