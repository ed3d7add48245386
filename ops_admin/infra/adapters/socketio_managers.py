"""Socket.IO's client managers, changed so that closing a room disconnects its sockets, in whichever process they are.

The library publishes `close_room` to every process, but there it only empties the room. For us a closed room means that
a right ended (R25): the socket must be disconnected, and may reconnect with the rights that remain.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from socketio import Manager, PubSubManager
from socketio import Server as Server

NAMESPACE = "/"


class Connection(Protocol):
    """A browser's connection, with or without an accepted socket."""

    def close(self, wait: bool = True) -> None:
        """Close it. Without `wait`, do so even if something is still to be sent."""


class Channel(Protocol):
    """The connection between this process and the others."""

    def publish(self, text: str) -> None:
        """Publish to the other processes. The sender gets any exception."""

    def messages(self) -> Iterator[bytes]:
        """Yield what other processes publish, forever. Called in its own thread."""


class _EndsSockets:
    """Disconnects the sockets of a room that is closed. `others` is what its creator knows of other processes."""

    server: Any

    def __init__(self, others: Any) -> None:
        super().__init__()
        self.others = others
        self._ending: set[str] = set()

    def connections(self) -> Mapping[str, Connection]:
        """Return the open connections of this process by id."""
        return dict(self.server.eio.sockets)

    def has_socket(self, connection_id: str) -> bool:
        """Whether a socket was accepted on the connection."""
        return self.sid_from_eio_sid(connection_id, NAMESPACE) is not None  # type: ignore[attr-defined]  # of the library

    def sockets_in(self, room: str | None) -> frozenset[str]:
        """Return this process's sockets in `room`; None contains all of them."""
        return frozenset(sid for sid, _ in list(self.get_participants(NAMESPACE, room)))  # type: ignore[attr-defined]

    def end_room(self, room: str) -> None:
        """Disconnect this process's sockets in `room`, without telling other processes."""
        self.basic_close_room(room, NAMESPACE)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Disconnect the sockets in `room`. Called for rooms closed by this or another process."""
        for sid, _ in list(self.get_participants(namespace, room)):  # type: ignore[attr-defined]
            self.end_socket(sid, namespace)

    def end_socket(self, sid: str, namespace: str = NAMESPACE) -> None:
        """Disconnect a socket of this process. One still in its connect handler is disconnected when that returns."""
        self._ending.add(sid)
        self.server.disconnect(sid, namespace=namespace, ignore_queue=True)

    def end_all(self) -> None:
        """Close all connections of this process, without waiting for unsent data."""
        for connection in self.connections().values():
            connection.close(wait=False)

    def connect(self, sid: str, namespace: str) -> str:
        """Accept a socket, unless its rights ended while its connect handler was reading them."""
        accepted: str = super().connect(sid, namespace)  # type: ignore[misc]  # socketio carries no types
        if accepted in self._ending:
            self.server.disconnect(accepted, namespace=namespace, ignore_queue=True)
        return accepted

    def basic_disconnect(self, sid: str, namespace: str, **options: Any) -> None:
        """Forget a socket that is gone."""
        super().basic_disconnect(sid, namespace, **options)  # type: ignore[misc]  # socketio carries no types
        self._ending.discard(sid)


class LocalManager(_EndsSockets, Manager):  # type: ignore[misc]  # socketio carries no types
    """All sockets are in this process."""


class SharedManager(_EndsSockets, PubSubManager):  # type: ignore[misc]  # socketio carries no types
    """Sockets are spread over processes that communicate through a channel."""

    others: Channel

    def _publish(self, data: Any) -> None:
        self.others.publish(self.json.dumps(data))

    def _listen(self) -> Iterator[bytes]:
        return self.others.messages()


AnyManager = LocalManager | SharedManager


def begin_to_listen(server: Server) -> bool:
    """Let the server's manager listen to other processes before the first socket connects. False if it already does.

    By default it starts with the first socket, which would miss everything published until then.
    """
    if server.manager_initialized:
        return False
    server.manager_initialized = True
    server.manager.initialize()
    return True
