"""The listening socket, opened before anything else is started, or taken over from systemd."""

import os
import socket

# The first file descriptor that systemd passes (sd_listen_fds(3)).
_HANDED_OVER = 3


class CannotListen(Exception):
    """The address is not available; the message says which and why."""


def open_listener(host: str, port: int) -> socket.socket:
    """Bind `host`:`port` (0: any free port) at once; raises CannotListen.

    If systemd holds a socket for this process, that one is used: connections wait on it during restarts.
    """
    inherited = _find_inherited()
    if inherited is not None:
        return inherited
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotListen(f"Cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}") from error
    return listener


def _find_inherited() -> socket.socket | None:
    """Return the socket that systemd opened for this process; its children must not use it."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    number = os.environ.get("LISTEN_FDS")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    if number != "1":
        raise CannotListen(f"systemd hands over {number} sockets: one is needed for each process")
    os.set_inheritable(_HANDED_OVER, False)
    return socket.socket(fileno=_HANDED_OVER)


def url_of(listener: socket.socket) -> str:
    """Return the URL to open in a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # nosec  # shown, not bound
    return f"http://{shown}:{port}"
