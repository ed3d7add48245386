"""Measures one shape of the console, alternating with what it is compared with."""

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import create_engine, text

from bench import operations
from bench.clicks import ClickProbe, two_browsers
from bench.feeding import Fed
from bench.latencies import BareProbe, ConsoleProbe, probing
from bench.samples import Summary, median_summary, summary_of
from bench.shapes import BenchConsole, Shape

# The measurements alternate, so that other load on the machine affects them alike.
ROUNDS = 3
CLICKS_SHARE = 2

HEALTH, BARE_INSERT, BARE_EMIT = "GET /healthz", "bare view, one INSERT", "bare emit → socket"
START, HEARD, CLICK = "start → answer", "start → run-enqueued at a socket", "click → row in the other browser"
BUSY = ", queue busy"
LIFECYCLES, NO_OPS = "whole run lifecycles", "bare Huey no-ops"
PROCRASTINATE, CELERY = "Procrastinate no-ops", "Celery no-ops, results in Redis"
RUN_START, ENQUEUE = "starting a run", "bare Huey's enqueue"
DEFER, DELAY = "Procrastinate's defer", "Celery's delay"
# The queues that are raced, with the labels of their work and of handing it in.
RACED = {
    "ledger": (LIFECYCLES, RUN_START),
    "bare": (NO_OPS, ENQUEUE),
    "procrastinate": (PROCRASTINATE, DEFER),
    "celery": (CELERY, DELAY),
}

Times = defaultdict[str, list[float]]


class NotBusy(Exception):
    """The queue ran empty while "queue busy" was measured."""


@dataclass(frozen=True)
class Measured:
    """The figures of one shape, by label: latencies in milliseconds, and rates per second."""

    latencies: dict[str, Summary]
    rates: dict[str, float]


def measure(shape: Shape, seconds: float) -> Measured:
    """Measure everything of a shape, each figure for about `seconds`."""
    times: Times = defaultdict(list)
    with shape.running() as console, shape.running_bare() as bare:
        _measure_latencies(console, bare, seconds / ROUNDS, times)
    rates = {}
    for queue in shape.queues:
        rate, start = RACED[queue]
        times[start] = shape.starts(queue, seconds / 2).start_seconds
        rates[rate] = _per_second(shape.lifecycles(queue, seconds))
    return Measured({name: summary_of(taken) for name, taken in times.items()}, rates)


def median_of(repeats: Sequence[Measured]) -> Measured:
    """Return the median of each figure of several measurements of one shape."""
    first = repeats[0]
    return Measured(
        {name: median_summary([each.latencies[name] for each in repeats]) for name in first.latencies},
        {name: median(each.rates[name] for each in repeats) for name in first.rates},
    )


def _measure_latencies(console: BenchConsole, bare: BenchConsole, share: float, times: Times) -> None:
    with (
        probing(console) as probe,
        contextlib.closing(BareProbe(bare)) as bare_probe,
        two_browsers(console) as browsers,
    ):
        for _ in range(ROUNDS):
            times[BARE_INSERT] += bare_probe.inserts(share)
            times[BARE_EMIT] += bare_probe.emits(share)
            _measure_console(probe, browsers, share, times, "")
        probe.keep_busy()
        for _ in range(ROUNDS):
            _measure_console(probe, browsers, share, times, BUSY)
        _require_busy(console)


def _measure_console(probe: ConsoleProbe, browsers: ClickProbe, share: float, times: Times, load: str) -> None:
    times[HEALTH + load] += probe.health(share)
    heard = probe.starts(share)
    times[START + load] += heard.answers
    times[HEARD + load] += heard.events
    times[CLICK + load] += browsers.clicks(CLICKS_SHARE * share)


def _require_busy(console: BenchConsole) -> None:
    engine = create_engine(console.database_url)
    queued = text("select count(*) from operation_runs where status = 'queued' and type = :type")
    with engine.connect() as connection:
        left = connection.execute(queued, {"type": operations.BUSY.key}).scalar_one()
    engine.dispose()
    if not left:
        raise NotBusy("the queue ran empty while it should have been busy: ask for fewer seconds a figure")


def _per_second(feeders: list[Fed]) -> float:
    seconds = max(each.ended for each in feeders) - min(each.began for each in feeders)
    return sum(each.started for each in feeders) / seconds
