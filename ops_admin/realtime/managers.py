"""Client managers in which closing a room ends the sockets in it, on whatever web process they are.

The library publishes `close_room` to every process, but there it only empties the room. For us a closed room means
that a right ended (R25): the socket has to go, and to come back with what its user may see by then.
"""

from typing import Any

from socketio import Manager, RedisManager

# Long enough for a busy Redis, short enough that a worker is not held up by one that is gone.
_CONNECT_TIMEOUT_SECONDS = 2


class _EndsSockets:
    """Disconnects the participants of a room that is closed."""

    server: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ending: set[str] = set()

    def basic_close_room(self, room: str, namespace: str) -> None:
        """End the sockets in `room`; one still in its connect handler is ended as soon as that returns."""
        for sid, _ in list(self.get_participants(namespace, room)):  # type: ignore[attr-defined]  # of the library
            self._ending.add(sid)
            self.server.disconnect(sid, namespace=namespace, ignore_queue=True)

    def connect(self, sid: str, namespace: str) -> str:
        """Accept a socket, unless its rights ended while its connect handler was reading them."""
        accepted: str = super().connect(sid, namespace)  # type: ignore[misc]  # of the library
        if accepted in self._ending:
            self.server.disconnect(accepted, namespace=namespace, ignore_queue=True)
        return accepted

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Forget a socket that is gone."""
        super().basic_disconnect(sid, namespace, **options)  # type: ignore[misc]  # of the library
        self._ending.discard(sid)


class OneProcessManager(_EndsSockets, Manager):  # type: ignore[misc]  # socketio carries no types
    """All sockets are in this process."""


class ManyProcessesManager(_EndsSockets, RedisManager):  # type: ignore[misc]
    """Sockets are spread over web processes that hear of each other through Redis."""


def make_manager(redis_url: str | None) -> Manager:
    """Return the manager for one process (no Redis) or for any number of them."""
    if redis_url is None:
        return OneProcessManager()
    return ManyProcessesManager(
        redis_url, channel="ops-admin", redis_options={"socket_connect_timeout": _CONNECT_TIMEOUT_SECONDS}
    )
