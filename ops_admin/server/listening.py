"""The listening socket, opened before anything else is started."""

import socket


class CannotListen(Exception):
    """The address cannot be listened on; the message says which and why."""


def open_listener(host: str, port: int) -> socket.socket:
    """Bind `host`:`port` (0: any free port) at once; raises CannotListen, which says in a sentence why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise CannotListen(f"Cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # nosec  # shown, not bound
    return f"http://{shown}:{port}"
