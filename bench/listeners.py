"""Sockets that only listen, as cheaply as possible: hundreds in one thread, each receiving changes of runs."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Event, Ping, RejectConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

_TARGET = "/socket.io/?EIO=4&transport=websocket"
_OPENING_SECONDS = 60
# Handshakes at the same time: they are work for the server, but are not measured.
_OPENING_AT_ONCE = 16


class Listeners:
    """Records when each socket received each number, which an event carries as `revision`.

    Messages are recorded at once and parsed `later` seconds afterwards. Parsing them at once would delay the other
    sockets of this process, and that would count as the server's time.
    """

    def __init__(self, headers: Mapping[str, str], later: float) -> None:
        self.heard: dict[int, list[float]] = defaultdict(list)
        self.open = 0
        self.refused = 0
        self.lost = 0
        self._headers = headers
        self._later = later
        self._arrived: list[tuple[float, _Listener, bytes]] = []

    async def connect(self, urls: list[str]) -> None:
        """Open a socket to each URL; refused ones are counted."""
        gate = asyncio.Semaphore(_OPENING_AT_ONCE)
        answers = await asyncio.gather(*(self._connect(url, gate) for url in urls))
        self.open = sum(answers)
        self.refused = len(answers) - self.open

    async def wait_for(self, number: int, seconds: float) -> int:
        """Wait until all have received `number`, at most `seconds`; return how many have."""
        deadline = time.monotonic() + seconds
        while len(self.heard[number]) < self.open - self.lost and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return len(self.heard[number])

    def note(self, listener: "_Listener", data: bytes) -> None:
        """Keep a message with its time, and parse it when everybody should have received theirs."""
        if not self._arrived:
            asyncio.get_running_loop().call_later(self._later, self._read_all)
        self._arrived.append((time.perf_counter(), listener, data))

    def _read_all(self) -> None:
        arrived, self._arrived = self._arrived, []
        for at, listener, data in arrived:
            listener.read(at, data)

    async def _connect(self, url: str, gate: asyncio.Semaphore) -> bool:
        address = urlsplit(url)
        async with gate:
            listener = _Listener(self, address.netloc, self._headers)
            loop = asyncio.get_running_loop()
            try:
                await loop.create_connection(lambda: listener, address.hostname or "127.0.0.1", address.port or 80)
                return await asyncio.wait_for(listener.is_open, _OPENING_SECONDS)
            except OSError:  # refused, or not in time, which counts as not let in
                return False


class _Listener(asyncio.Protocol):
    """One websocket that speaks just enough Engine.IO 4 and Socket.IO 5 to receive events."""

    def __init__(self, crowd: Listeners, host: str, headers: Mapping[str, str]) -> None:
        self.is_open: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._wire = WSConnection(ConnectionType.CLIENT)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        # Browsers offer compression, so these do, too.
        self._request = Request(host=host, target=_TARGET, extra_headers=sent, extensions=[PerMessageDeflate()])
        self._transport: asyncio.Transport | None = None
        self._text = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request a websocket."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        self._send(self._request)

    def data_received(self, data: bytes) -> None:
        """Parse the handshake at once; afterwards only record the time."""
        if self.is_open.done():
            self._crowd.note(self, data)
        else:
            self.read(time.perf_counter(), data)

    def connection_lost(self, _: Exception | None) -> None:
        """Count the lost socket."""
        if not self.is_open.done():
            self.is_open.set_result(False)
        elif self.is_open.result():
            self._crowd.lost += 1

    def read(self, at: float, data: bytes) -> None:
        """Parse a message that arrived at that time."""
        self._wire.receive_data(data)
        for event in self._wire.events():
            self._handle(at, event)

    def _handle(self, at: float, event: Event) -> None:
        if isinstance(event, TextMessage):
            self._text += event.data
            if event.message_finished:
                text, self._text = self._text, ""
                self._hear(at, text)
        elif isinstance(event, Ping):
            self._send(event.response())
        elif isinstance(event, CloseConnection | RejectConnection):
            self._hang_up()

    def _hear(self, at: float, text: str) -> None:
        if text.startswith("42"):
            _, payload = json.loads(text[2:])
            self._crowd.heard[payload["revision"]].append(at)
        elif text.startswith("40"):
            self.is_open.set_result(True)
        elif text.startswith("44"):
            self._hang_up()
        elif text[0] in "02":  # opened: request the namespace; pinged: answer
            self._send(TextMessage(data="40" if text[0] == "0" else "3"))

    def _send(self, event: Event) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._wire.send(event))

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()
