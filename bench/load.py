"""Listening sockets in processes of their own (`python -m bench.load`), and a handle to them.

They exchange lines of JSON: the URLs to connect to; how many are open; a number to wait for; how many received it;
null to end; when each received what. Times are of the machine's monotonic clock, which all its processes share.
"""

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.listeners import Listeners

_LONGEST_SECONDS = 20
_ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Crowd:
    """Sockets that listen on some URLs in turn, spread over processes."""

    processes: "list[subprocess.Popen[str]]"
    open: int = 0

    def gather(self, urls: Sequence[str], sockets: int, headers: Mapping[str, str], later: float) -> None:
        """Open that many sockets; `open` is how many were let in."""
        turns = itertools.islice(itertools.cycle(urls), sockets)
        shares: list[list[str]] = [[] for _ in self.processes]
        for share, url in zip(itertools.cycle(shares), turns, strict=False):
            share.append(url)
        for process, share in zip(self.processes, shares, strict=True):
            _say(process, {"urls": share, "headers": dict(headers), "later": later})
        self.open = sum(_heard(process) for process in self.processes)

    def wait_for(self, number: int) -> int:
        """Wait until everybody received `number`, some seconds at most; return how many did."""
        for process in self.processes:
            _say(process, number)
        return sum(_heard(process) for process in self.processes)

    def disperse(self) -> dict[int, list[float]]:
        """Close the sockets, and return when they received each number."""
        heard: dict[int, list[float]] = {}
        for process in self.processes:
            _say(process, None)
            for number, moments in _heard(process).items():
                heard.setdefault(int(number), []).extend(moments)
        return heard


@contextmanager
def crowd_of(processes: int) -> Iterator[Crowd]:
    """Start processes that are ready to listen, and kill them at the end."""
    command = [sys.executable, "-m", "bench.load"]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT)  # noqa: S603  # our own
        for _ in range(processes)
    ]
    try:
        yield Crowd(started)
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _say(process: "subprocess.Popen[str]", what: object) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(what) + "\n")
        process.stdin.flush()


def _heard(process: "subprocess.Popen[str]") -> Any:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise subprocess.CalledProcessError(process.wait(), process.args)
    return json.loads(line)


async def _listen() -> None:
    asked = await _read()
    listeners = Listeners(asked["headers"], asked["later"])
    await listeners.connect(asked["urls"])
    _print(listeners.open)
    while (number := await _read()) is not None:
        _print(await listeners.wait_for(number, _LONGEST_SECONDS))
    _print(listeners.heard)


async def _read() -> Any:
    return json.loads(await asyncio.to_thread(sys.stdin.readline) or "null")


def _print(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_listen())
