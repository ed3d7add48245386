"""SERVER, the ways to run the application: one process, or separate web and worker processes (R49, R50)."""

from ops_admin.server.demo import SimulatorFailed
from ops_admin.server.listening import CannotListen, open_listener, url_of
from ops_admin.server.logs import set_up_logging, spoken
from ops_admin.server.serving import NotMigrated, run_worker, serve_demo, serve_embedded, serve_web

__all__ = [
    "CannotListen",
    "NotMigrated",
    "SimulatorFailed",
    "open_listener",
    "run_worker",
    "serve_demo",
    "serve_embedded",
    "serve_web",
    "set_up_logging",
    "spoken",
    "url_of",
]
