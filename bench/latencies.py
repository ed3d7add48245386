"""How long a start takes until it is answered and pushed, compared with the best that the same server can do."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench import operations
from bench.pacing import ask_for
from bench.shapes import BenchConsole
from bench.virtual_user import Ear, Exchange, Line, sign_in

BUSY_RUNS = 400
START = "/tenants/1/bench/"
_HEARD_WITHIN_SECONDS = 10


@dataclass
class Heard:
    """Times in seconds: until the answer, and until a socket on the last web process received the event."""

    answers: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)


class ConsoleProbe:
    """Starts runs on the first web process and listens on the last one."""

    def __init__(self, console: BenchConsole, ear_url: str, headers: Mapping[str, str]) -> None:
        self._base_url = console.base_url
        self._headers = headers
        self._ear = Ear(ear_url, headers)

    def health(self, seconds: float) -> list[float]:
        """Time GET /healthz."""
        return _times(ask_for(seconds, self._base_url, self._headers, lambda line: line.ask("GET", "/healthz")))

    def starts(self, seconds: float) -> Heard:
        """Time starts of quick operations."""
        path = START + operations.QUICK.key
        return _heard(self._ear, ask_for(seconds, self._base_url, self._headers, lambda line: line.ask("POST", path)))

    def keep_busy(self) -> None:
        """Queue some hundred runs that keep every worker busy for longer than the benchmark takes."""
        line = Line(self._base_url, self._headers)
        for _ in range(BUSY_RUNS):
            line.ask("POST", START + operations.BUSY.key)
        line.close()

    def close(self) -> None:
        """Stop listening."""
        self._ear.close()


class BareProbe:
    """Sends requests to the bare application."""

    def __init__(self, bare: BenchConsole) -> None:
        self._base_url = bare.base_url
        self._ear = Ear(bare.base_urls[-1], {})
        self._numbers = itertools.count(1)

    def inserts(self, seconds: float) -> list[float]:
        """Time the view with one INSERT."""
        return _times(ask_for(seconds, self._base_url, {}, lambda line: line.ask("POST", "/insert")))

    def emits(self, seconds: float) -> list[float]:
        """Time from a request until a socket on the last web process receives what its view emits."""
        asked = ask_for(seconds, self._base_url, {}, lambda line: line.ask("POST", f"/emit/{next(self._numbers)}"))
        return _heard(self._ear, asked).events

    def close(self) -> None:
        """Stop listening."""
        self._ear.close()


@contextlib.contextmanager
def probing(console: BenchConsole) -> Iterator[ConsoleProbe]:
    """A signed-in probe."""
    probe = ConsoleProbe(console, console.base_urls[-1], sign_in(console.base_url))
    with contextlib.closing(probe):
        yield probe


def _times(exchanges: list[Exchange]) -> list[float]:
    return [each.seconds for each in exchanges]


def _heard(ear: Ear, exchanges: list[Exchange]) -> Heard:
    sent = {int(json.loads(each.body)["run_id"]): each.sent for each in exchanges}
    deadline = time.monotonic() + _HEARD_WITHIN_SECONDS
    while not sent.keys() <= ear.heard.keys():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing was heard of {len(sent.keys() - ear.heard.keys())} of {len(sent)} runs")
        time.sleep(0.01)
    return Heard(_times(exchanges), [ear.heard[run_id] - at for run_id, at in sent.items()])
