"""Closing a room disconnects its sockets, here and in other processes; each process sees only its own."""

import queue
import threading
from collections.abc import Iterator

import pytest
from engineio.socket import Socket
from socketio import Manager, PubSubManager, Server
from socketio.base_manager import BaseManager

from ops_admin.infra.adapters.socketio_managers import (
    NAMESPACE,
    AnyManager,
    LocalManager,
    SharedManager,
    begin_to_listen,
)
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed
from tests.support.network import poll_until

SERVER = Server(async_mode="threading")
ENGINE = SERVER.eio
ADAPTER = Adapter(
    "infra/adapters/socketio_managers.py",
    "python-socketio",
    (
        Promise(lambda: BaseManager, "basic_close_room", "ends the sockets of a room by it", ("room", "namespace")),
        Promise(lambda: BaseManager, "get_participants", "finds the sockets in a room", ("namespace", "room")),
        Promise(lambda: BaseManager, "sid_from_eio_sid", "finds idle connections", ("eio_sid", "namespace")),
        Promise(lambda: BaseManager, "connect", "refuses a socket whose rights ended", ("sid", "namespace")),
        Promise(lambda: BaseManager, "basic_disconnect", "forgets a socket", ("sid", "namespace", "kwargs")),
        Promise(lambda: BaseManager, "initialize", "begins to listen by it", ("self",)),
        Promise(lambda: Manager, "close_room", "relies on it to call basic_close_room", ("room", "namespace")),
        Promise(lambda: PubSubManager, "close_room", "relies on it to tell other processes", ("room", "namespace")),
        Promise(lambda: PubSubManager, "_publish", "sends to other processes", ("self", "data")),
        Promise(lambda: PubSubManager, "_listen", "receives from other processes", ("self",)),
        Promise(lambda: PubSubManager, "_thread", "relies on it to read what is received", ("self",)),
        Promise(lambda: Server, "disconnect", "ends a socket", ("sid", "namespace", "ignore_queue")),
        Promise(lambda: SERVER, "manager_initialized", "begins to listen before the first socket"),
        Promise(lambda: SERVER, "eio", "finds the connections there"),
        Promise(lambda: ENGINE, "sockets", "finds the connections there"),
        Promise(lambda: SERVER.manager, "json", "writes messages as the library reads them"),
        Promise(lambda: Socket, "close", "closes a connection by it", ("self", "wait")),
    ),
)


class Bus:
    """Stands in for Redis: each process receives what the others publish."""

    def __init__(self) -> None:
        self._queues: list[queue.SimpleQueue[bytes]] = []

    def join(self) -> "Channel":
        """Return the channel of one more process."""
        mine: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._queues.append(mine)
        return Channel(self, mine)

    def publish(self, text: str) -> None:
        for each in self._queues:
            each.put(text.encode())


class Channel:
    """See socketio_managers.Channel."""

    def __init__(self, bus: Bus, mine: "queue.SimpleQueue[bytes]") -> None:
        self.publish = bus.publish
        self._mine = mine

    def messages(self) -> Iterator[bytes]:
        while message := self._mine.get():
            yield message
        threading.Event().wait()


def serve(manager: AnyManager) -> Server:
    server = Server(async_mode="threading", client_manager=manager)
    begin_to_listen(server)
    return server


def enter(server: Server, room: str) -> str:
    """Accept a socket and put it into a room."""
    sid: str = server.manager.connect(server.eio.generate_id(), NAMESPACE)
    server.manager.enter_room(sid, NAMESPACE, room)
    return sid


@pytest.fixture(params=["alone", "shared"])
def server(request: pytest.FixtureRequest) -> Server:
    """A standalone server, or the only one so far of several."""
    return serve(LocalManager(None) if request.param == "alone" else SharedManager(Bus().join()))


def test_the_installed_socketio_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


def test_closing_a_room_ends_the_sockets_in_it_and_no_others(server: Server) -> None:
    ended: list[str] = []
    server.on("disconnect", lambda sid, _reason: ended.append(sid))
    first, second, other = enter(server, "room"), enter(server, "room"), enter(server, "another")
    assert server.manager.sockets_in("room") == {first, second}
    server.close_room("room")
    assert sorted(ended) == sorted([first, second])
    assert server.manager.sockets_in(None) == {other}
    assert server.manager.sockets_in("room") == frozenset()


def test_closing_a_room_ends_the_sockets_of_other_processes_too() -> None:
    bus = Bus()
    here, elsewhere = serve(SharedManager(bus.join())), serve(SharedManager(bus.join()))
    enter(elsewhere, "room")
    stays = enter(elsewhere, "another")
    here.close_room("room")
    poll_until(lambda: elsewhere.manager.sockets_in(None) == {stays})


def test_a_room_can_be_ended_in_this_process_alone() -> None:
    bus = Bus()
    here, elsewhere = serve(SharedManager(bus.join())), serve(SharedManager(bus.join()))
    enter(here, "room")
    stays = enter(elsewhere, "room")
    enter(elsewhere, "closed later")
    here.manager.end_room("room")
    here.close_room("closed later")
    poll_until(lambda: not elsewhere.manager.sockets_in("closed later"))
    assert here.manager.sockets_in(None) == frozenset()
    assert elsewhere.manager.sockets_in(None) == {stays}


def test_a_socket_that_ends_while_it_is_being_accepted_is_not_let_in(server: Server) -> None:
    sid = server.manager.pre_connect(server.eio.generate_id(), NAMESPACE)
    server.manager.end_socket(sid)
    server.manager.connect(sid, NAMESPACE)
    assert server.manager.sockets_in(None) == frozenset()


def test_a_socket_that_is_gone_is_forgotten(server: Server) -> None:
    sid = enter(server, "room")
    server.manager.end_socket(sid)
    assert server.manager._ending == set()


def test_connections_without_a_socket_are_told_from_the_others(server: Server) -> None:
    class Connection:
        """What the engine keeps for a browser."""

        closed = False

        def close(self, wait: bool = True) -> None:
            assert not wait
            self.closed = True

    idle, used = server.eio.generate_id(), server.eio.generate_id()
    connections = {idle: Connection(), used: Connection()}
    server.eio.sockets.update(connections)
    server.manager.connect(used, NAMESPACE)
    assert server.manager.connections() == connections
    assert [server.manager.has_socket(each) for each in (idle, used)] == [False, True]
    server.manager.end_all()
    assert all(each.closed for each in connections.values())


def test_it_begins_to_listen_once_and_before_the_first_socket() -> None:
    bus = Bus()
    server = Server(async_mode="threading", client_manager=SharedManager(bus.join()))
    assert [begin_to_listen(server), begin_to_listen(server)] == [True, False]
    assert server.manager.thread.is_alive()
