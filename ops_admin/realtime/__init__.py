"""Push to the browsers: who may hear (`sockets`), what they hear (`publisher`), and how a right ends at once."""

from flask import Flask

from ops_admin.access.signals import on_rights_changed, on_sign_out
from ops_admin.realtime import ending, managers, publisher, sockets
from ops_admin.realtime.connection_limit import MOST_SOCKETS, THREADS_A_SOCKET
from ops_admin.realtime.ending import end_all
from ops_admin.realtime.publisher import reaches_others, when_unheard
from ops_admin.realtime.sockets import allow_sockets, watch_reach

__all__ = [
    "MOST_SOCKETS",
    "THREADS_A_SOCKET",
    "allow_sockets",
    "end_all",
    "init_app",
    "reaches_others",
    "watch_reach",
    "when_unheard",
]


def init_app(app: Flask) -> None:
    """Serve Socket.IO at `/socket.io` for `app` and publish what happens to runs (R24, R25)."""
    sockets.init_app(app, managers.make_manager(app.config["SETTINGS"].redis_url))
    publisher.init_app()
    on_rights_changed(ending.end_user)
    on_sign_out(ending.end_sign_in)
