"""`python -m bench.fan_out`: how long it takes until many sockets have received one change of a run.

It is compared with bare Flask-SocketIO in as many processes on the same gunicorn. The two take turns, because each open
socket holds threads. Measured is what the console emits for any change of a run, in the room of its tenant.
"""

import json
import math
import resource
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from statistics import median

import click
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bench import operations
from bench.footprints import Footprint, footprint_of
from bench.load import Crowd, crowd_of
from bench.machine import describe, load
from bench.samples import Summary, median_summary, summary_of
from bench.shapes import SHAPES, BenchConsole, Shape
from bench.virtual_user import Line, sign_in
from ops_admin.realtime import MOST_SOCKETS

AIM_RATIO = 1.3
BARE, CONSOLE = "bare", "web"
NAMES = {BARE: "bare Flask-SocketIO", CONSOLE: "console"}
_CROWDS = 3
_WARMING = 2
_WIDE_ENOUGH = 180

Tell = Callable[[int], float]


@dataclass(frozen=True)
class Told:
    """The result: sockets let in, the share of all sockets times messages that arrived, and how soon they did."""

    open: int
    share: float
    after: Summary | None
    footprint: Footprint


@click.command()
@click.option("--sockets", "sizes", type=click.IntRange(1), multiple=True, default=(100, 1000, 5000), show_default=True)
@click.option("--processes", "counts", type=click.IntRange(1), multiple=True, default=(1, 4), show_default=True)
@click.option("--tellings", type=click.IntRange(1), default=20, show_default=True, help="Changes that are told.")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True, help="Turns; the median is printed.")
@click.option(
    "--lift", is_flag=True, help=f"Let a web process of the console hold more than its {MOST_SOCKETS} sockets."
)
def main(sizes: tuple[int, ...], counts: tuple[int, ...], tellings: int, repeat: int, lift: bool) -> None:
    """Send changes of a run to as many sockets, and print how soon they arrived."""
    # Stop all child processes on SIGTERM, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _allow_many_files(max(sizes))
    click.echo(f"{describe()}; {tellings} tellings, median of {repeat}; {_CROWDS} processes listen.")
    for count in counts:
        # One process needs nothing else; several hear of each other through Redis.
        with SHAPES["embedded" if count == 1 else "scaled"]() as shape:
            measured = {
                (size, kind): told
                for size in sorted(sizes)
                for kind, told in _measure(shape, count, size, tellings, repeat, lift).items()
            }
        _print(count, measured)


def _measure(shape: Shape, count: int, sockets: int, tellings: int, repeat: int, lift: bool) -> dict[str, Told]:
    turns: dict[str, list[Told]] = {BARE: [], CONSOLE: []}
    for _ in range(repeat):
        for kind, found in turns.items():
            click.echo(f"{NAMES[kind]}: {sockets} sockets, {count} processes, load {load()} …", err=True)
            with shape.webs(kind, count, *_room(kind, sockets, count, lift)) as console:
                found.append(tell_all(console, kind, sockets, tellings))
    return {kind: _median(found) for kind, found in turns.items()}


def _room(kind: str, sockets: int, count: int, lift: bool) -> tuple[str, ...]:
    """The bare application has a thread for each socket; the console has its own limit, unless it is lifted."""
    each = math.ceil(sockets / count)
    return ("--sockets", str(each)) if kind == BARE or (lift and each > MOST_SOCKETS) else ()


def tell_all(console: BenchConsole, kind: str, sockets: int, tellings: int) -> Told:
    """Open sockets on the web processes in turn, send them changes, and return the result."""
    headers = sign_in(console.base_url) if kind == CONSOLE else {}
    cookie = {name: value for name, value in headers.items() if name == "Cookie"}
    with closing(Line(console.base_url, headers)) as line, crowd_of(min(_CROWDS, sockets)) as crowd:
        tell = _teller(line, kind)
        # Long enough for everybody to receive a message before anybody begins to parse it.
        crowd.gather(console.base_urls, sockets, cookie, 0.2 + sockets / 2000)
        emitted = _emit(crowd, tell, tellings)
        footprint = footprint_of(console.processes[0].popen.pid)
        heard = crowd.disperse()
    after = [moment - at for number, at in emitted.items() for moment in heard.get(number, [])]
    return Told(crowd.open, len(after) / (sockets * tellings), summary_of(after) if after else None, footprint)


def _emit(crowd: Crowd, tell: Tell, tellings: int) -> dict[int, float]:
    """Send one change after the other, each when everybody has received the one before; the first few do not count.

    If so many threads block each other that a request times out, no further messages are sent.
    """
    emitted = {}
    for number in range(1, _WARMING + tellings + 1):
        try:
            at = tell(number)
        except TimeoutError:
            break
        crowd.wait_for(number)
        if number > _WARMING:
            emitted[number] = at
    return emitted


def _teller(line: Line, kind: str) -> Tell:
    """Return a function that sends a change with a number, and returns the time at which it began."""
    if kind == BARE:
        path = "/emit"
    else:
        started = json.loads(line.ask("POST", f"/tenants/1/bench/{operations.QUICK.key}").body)
        path = f"/tenants/1/bench/tell/{started['run_id']}"
    return lambda number: float(json.loads(line.ask("POST", f"{path}/{number}").body)["at"])


def _median(turns: list[Told]) -> Told:
    afters = [told.after for told in turns if told.after]
    return Told(
        open=min(told.open for told in turns),
        share=median(told.share for told in turns),
        after=median_summary(afters) if afters else None,
        footprint=turns[-1].footprint,
    )


def _allow_many_files(sockets: int) -> None:
    """Raise the limit of open files here and in the servers, which inherit it: each socket needs one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < sockets + 1000:
        raise click.ClickException(
            f"{sockets} sockets need more open files than the {most} that are allowed (ulimit -Hn)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _print(count: int, measured: dict[tuple[int, str], Told]) -> None:
    table = Table(box=MARKDOWN)
    table.add_column("from the emit, in ms")
    for name in ("sockets", "let in", "heard it", "p50", "p95", "p99", "worst"):
        table.add_column(name, justify="right")
    table.add_column("threads and MB of a process", justify="right")
    table.add_column(f"p99 as a ratio (aim: {AIM_RATIO})")
    for (sockets, kind), told in measured.items():
        bare, after, footprint = measured[sockets, BARE], told.after, told.footprint
        figures = [f"{each:.1f}" for each in (after.p50, after.p95, after.p99, after.worst)] if after else ["-"] * 4
        # Only compare if as many sockets received as much.
        is_comparable = kind != BARE and (told.open, told.share) == (bare.open, bare.share)
        ratio = f"{after.p99 / bare.after.p99:.2f} x {NAMES[BARE]}" if is_comparable and after and bare.after else ""
        size = f"{footprint.threads}, {footprint.megabytes:.0f}"
        table.add_row(NAMES[kind], str(sockets), str(told.open), f"{told.share:.2%}", *figures, size, ratio)
    console = Console(width=_WIDE_ENOUGH)
    noun = "web process" if count == 1 else "web processes, Redis between them"
    console.print(f"\n## {count} {noun}\n", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
