"""The figures as Markdown tables, for the terminal and for docs/benchmarks.md."""

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bench.measuring import (
    BARE_EMIT,
    BARE_INSERT,
    BUSY,
    CLICK,
    DEFER,
    DELAY,
    ENQUEUE,
    HEALTH,
    HEARD,
    LIFECYCLES,
    RUN_START,
    START,
    Measured,
)

AIM_MS = {"embedded": 250, "scaled": 150}
TITLES = {
    "embedded": "Embedded: one process on SQLite",
    "scaled": "Scaled: two web and two worker processes on PostgreSQL and Redis",
}
# The rows of the table, in order, and what each is compared with.
COMPARED_TO: dict[str, tuple[str, ...]] = {
    HEALTH: (),
    HEALTH + BUSY: (HEALTH,),
    BARE_INSERT: (),
    START: (HEALTH, BARE_INSERT),
    START + BUSY: (HEALTH + BUSY, BARE_INSERT),
    BARE_EMIT: (),
    HEARD: (BARE_EMIT,),
    HEARD + BUSY: (BARE_EMIT,),
    CLICK: (BARE_EMIT,),
    CLICK + BUSY: (BARE_EMIT,),
    ENQUEUE: (),
    DEFER: (),
    DELAY: (),
    RUN_START: (ENQUEUE, DEFER, DELAY),
}
_WIDE_ENOUGH = 160


def print_measured(name: str, measured: Measured) -> None:
    """Print the tables of one shape."""
    console = Console(width=_WIDE_ENOUGH)
    console.print(f"\n## {TITLES[name]}\n", highlight=False)
    console.print(_latencies(measured))
    console.print(_rates(measured))
    for each in (CLICK, CLICK + BUSY):
        p99 = measured.latencies[each].p99
        verdict = "within" if p99 <= AIM_MS[name] else "beyond"
        console.print(f"{each}: p99 {p99:.0f} ms, {verdict} the aim of {AIM_MS[name]} ms", highlight=False)


def _latencies(measured: Measured) -> Table:
    table = _table("milliseconds", "n", "p50", "p95", "p99", "worst", "p50 as a ratio")
    for name, compared_to in COMPARED_TO.items():
        if name not in measured.latencies:
            continue
        each = measured.latencies[name]
        others = [other for other in compared_to if other in measured.latencies]
        ratios = (f"{each.p50 / measured.latencies[other].p50:.1f} x {other}" for other in others)
        figures = (f"{figure:.{2 if each.p50 < 1 else 1}f}" for figure in (each.p50, each.p95, each.p99, each.worst))
        table.add_row(name, str(each.count), *figures, "; ".join(ratios))
    return table


def _rates(measured: Measured) -> Table:
    table = _table("per second", "rate", "as a ratio")
    runs = measured.rates[LIFECYCLES]
    others = {name: rate for name, rate in measured.rates.items() if name != LIFECYCLES}
    for name, rate in others.items():
        table.add_row(name, f"{rate:.0f}", "")
    ratios = (f"{runs / rate:.2f} of {name}" for name, rate in others.items())
    table.add_row(LIFECYCLES, f"{runs:.0f}", "; ".join(ratios))
    return table


def _table(*names: str) -> Table:
    table = Table(box=MARKDOWN)
    for position, name in enumerate(names):
        table.add_column(name, justify="left" if position in (0, len(names) - 1) else "right")
    return table
