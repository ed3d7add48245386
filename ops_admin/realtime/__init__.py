"""REALTIME, push to browsers: who may connect (`sockets`), what is sent (`publisher`), how a right ends at once."""

from ops_admin.realtime.connection_limit import MOST_SOCKETS, THREADS_A_SOCKET
from ops_admin.realtime.ending import end_all
from ops_admin.realtime.publisher import reaches_others
from ops_admin.realtime.sockets import allow_sockets

__all__ = [
    "MOST_SOCKETS",
    "THREADS_A_SOCKET",
    "allow_sockets",
    "end_all",
    "reaches_others",
]
