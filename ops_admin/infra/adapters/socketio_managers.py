"""Socket.IO's client managers, in which closing a room ends the sockets in it, on whatever web process they are.

The library publishes `close_room` to every process, but there it only empties the room. For us a closed room means
that a right ended (R25): the socket has to go, and may come back with what its user is allowed by then.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from socketio import Manager, PubSubManager
from socketio import Server as Server

NAMESPACE = "/"


class Connection(Protocol):
    """A connection of a browser; it may carry an accepted socket, or none yet."""

    def close(self, wait: bool = True) -> None:
        """Close it; without `wait` also when something is still to be sent."""


class Channel(Protocol):
    """What connects this process to the others."""

    def publish(self, text: str) -> None:
        """Tell the other processes; what it raises, the sender gets."""

    def messages(self) -> Iterator[bytes]:
        """Yield what other processes publish, for ever; called in a thread of its own."""


class _EndsSockets:
    """Disconnects the participants of a room that is closed; `others` is what its maker knows of other processes."""

    server: Any

    def __init__(self, others: Any) -> None:
        super().__init__()
        self.others = others
        self._ending: set[str] = set()

    def connections(self) -> Mapping[str, Connection]:
        """Return the open connections of this process by their ids."""
        return dict(self.server.eio.sockets)

    def has_socket(self, connection_id: str) -> bool:
        """Whether a socket was accepted on the connection."""
        return self.sid_from_eio_sid(connection_id, NAMESPACE) is not None  # type: ignore[attr-defined]  # of the library

    def sockets_in(self, room: str | None) -> frozenset[str]:
        """Return the sockets of this process in `room`; in None all are."""
        return frozenset(sid for sid, _ in list(self.get_participants(NAMESPACE, room)))  # type: ignore[attr-defined]

    def end_room(self, room: str) -> None:
        """End the sockets of this process in `room`, without telling other processes."""
        self.basic_close_room(room, NAMESPACE)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """End the sockets in `room`: called for a room that this process or another one closes."""
        for sid, _ in list(self.get_participants(namespace, room)):  # type: ignore[attr-defined]
            self.end_socket(sid, namespace)

    def end_socket(self, sid: str, namespace: str = NAMESPACE) -> None:
        """End a socket of this process; one still in its connect handler is ended as soon as that returns."""
        self._ending.add(sid)
        self.server.disconnect(sid, namespace=namespace, ignore_queue=True)

    def end_all(self) -> None:
        """Close every connection of this process, without waiting for what is still to be sent."""
        for connection in self.connections().values():
            connection.close(wait=False)

    def connect(self, sid: str, namespace: str) -> str:
        """Accept a socket, unless its rights ended while its connect handler was reading them."""
        accepted: str = super().connect(sid, namespace)  # type: ignore[misc]
        if accepted in self._ending:
            self.server.disconnect(accepted, namespace=namespace, ignore_queue=True)
        return accepted

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Forget a socket that is gone."""
        super().basic_disconnect(sid, namespace, **options)  # type: ignore[misc]
        self._ending.discard(sid)


class LocalManager(_EndsSockets, Manager):  # type: ignore[misc]  # socketio carries no types
    """All sockets are in this process."""


class SharedManager(_EndsSockets, PubSubManager):  # type: ignore[misc]
    """Sockets are spread over processes that hear of each other through a channel."""

    others: Channel

    def _publish(self, data: Any) -> None:
        self.others.publish(self.json.dumps(data))

    def _listen(self) -> Iterator[bytes]:
        return self.others.messages()


AnyManager = LocalManager | SharedManager


def begin_to_listen(server: Server) -> bool:
    """Let the server's manager hear other processes before the first socket comes; returns False if it does already.

    By itself it begins with the first socket, which would miss what is said until it has begun.
    """
    if server.manager_initialized:
        return False
    server.manager_initialized = True
    server.manager.initialize()
    return True
