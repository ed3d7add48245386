"""Ports, waiting for conditions, and a check that code opens no socket."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_NETWORK_EVENTS = {
    "socket.__new__",
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
}
_forbidden = threading.local()
_hook_is_installed = False


class SocketUsedError(AssertionError):
    """Python code opened or used a socket where that is forbidden."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def poll_until(condition: Callable[[], Any], *, timeout: float = 30, message: str = "") -> Any:
    """Poll until the result is true and return it. Fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(message or f"not true within {timeout} s: {condition}")
        time.sleep(0.02)


@contextlib.contextmanager
def no_sockets() -> Iterator[None]:
    """Raise SocketUsedError whenever Python code of this thread uses a socket.

    An audit hook sees every way to open one, including through classes imported earlier. It does not see libpq, which
    talks to PostgreSQL in C: that is the one connection a page may use (R34).
    """
    _install_hook()
    _forbidden.active = True
    try:
        yield
    finally:
        _forbidden.active = False


def _install_hook() -> None:
    global _hook_is_installed
    if not _hook_is_installed:
        sys.addaudithook(_refuse_sockets)
        _hook_is_installed = True


def _refuse_sockets(event: str, args: tuple[Any, ...]) -> None:
    if event in _NETWORK_EVENTS and getattr(_forbidden, "active", False):
        raise SocketUsedError(f"{event}{args[1:]!r}")
