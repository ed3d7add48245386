"""`python -m bench.large_sync`: syncs a large tenant, compared with read-only loops over the same Graph client.

The tenant is simulated on the same machine, in Python, and is often what they all wait for.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import requests
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bench.machine import describe, load
from bench.shapes import SHAPES, BenchConsole, Shape
from bench.syncing import TYPE, Done
from tests.support.environment import CONTOSO
from tests.support.processes import running_console

_AT_ONCE = 1000
_WIDE_ENOUGH = 180
# What is measured, in order, and which part of the benchmark's processes does it.
STEPS = {
    "loop, a request a policy": "read-one-by-one",
    "loop, by $batch": "read-batched",
    "inventory.sync, all are new": "sync",
    "inventory.sync, nothing changed": "sync",
}
COMPARED_TO = ("loop, a request a policy", "loop, by $batch")


@dataclass(frozen=True)
class Measured:
    """What a step did, and the requests to Graph: over the wire, and inside of batches."""

    done: Done
    requests: int
    inner: int


class Tenant:
    """A simulated tenant, controlled by its control API."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._control = f"{origin}/_sim"

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which a console uses it as Graph."""
        return {"OPS_ADMIN_GRAPH_URL": self.origin, "OPS_ADMIN_LOGIN_URL": self.origin}

    def fill(self, policies: int, settings: int) -> None:
        """Give it that many policies with that many settings each, and no others of that type."""
        documents = f"{self._control}/tenants/{CONTOSO}/{TYPE}"
        requests.delete(documents, timeout=60).raise_for_status()
        for made in range(0, policies, _AT_ONCE):
            asked = {"count": min(_AT_ONCE, policies - made), "settings": settings}
            requests.post(f"{documents}/generate", json=asked, timeout=60).raise_for_status()

    def forget_requests(self) -> None:
        """Reset the counters."""
        requests.delete(f"{self._control}/requests", timeout=60).raise_for_status()

    def count_requests(self) -> tuple[int, int]:
        """Return how many requests came over the wire, and how many were inside of batches."""
        asked = requests.get(f"{self._control}/requests", timeout=60)
        asked.raise_for_status()
        inner = sum(each["inner"] for each in asked.json()["requests"])
        return asked.json()["count"] - inner, inner


@click.command()
@click.option("--policies", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--settings", type=click.IntRange(1), default=10, show_default=True, help="Of each policy.")
@click.option("--shape", "shapes", type=click.Choice(sorted(SHAPES)), multiple=True, default=sorted(SHAPES))
def main(policies: int, settings: int, shapes: tuple[str, ...]) -> None:
    """Sync a tenant twice, and read it in loops."""
    # Stop all child processes on SIGTERM, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    click.echo(f"{describe()}; {policies:,} policies of {settings} settings each.")
    for name in shapes:
        with SHAPES[name]() as shape, simulated_tenant(shape.folder) as tenant:
            tenant.fill(policies, settings)
            with shape.console(**tenant.settings) as console:
                _print(shape, measure(console, tenant))


@contextmanager
def simulated_tenant(folder: Path) -> Iterator[Tenant]:
    """Run the simulator in a process of its own."""
    with running_console(folder) as simulator:
        simulator.start_simulator()
        yield Tenant(simulator.simulator_url)


def measure(console: BenchConsole, tenant: Tenant, names: Sequence[str] = tuple(STEPS)) -> dict[str, Measured]:
    """Run the named steps, one after the other."""
    measured = {}
    for name in names:
        click.echo(f"{name}, load {load()} …", err=True)
        tenant.forget_requests()
        done = Done(**json.loads(console.run_part("graph", STEPS[name])))
        measured[name] = Measured(done, *tenant.count_requests())
    return measured


def _print(shape: Shape, measured: dict[str, Measured]) -> None:
    table = Table(box=MARKDOWN)
    table.add_column("a large tenant")
    for name in ("policies", "a second", "own ms a policy", "requests", "in batches", "peak MB", "grown by"):
        table.add_column(name, justify="right")
    table.add_column("policies a second as a ratio")
    for name, each in measured.items():
        done = each.done
        others = [other for other in COMPARED_TO if name not in COMPARED_TO]
        ratios = (f"{_rate(each) / _rate(measured[other]):.2f} of {other}" for other in others)
        table.add_row(
            name,
            str(done.policies),
            f"{_rate(each):.0f}",
            f"{1000 * done.own_seconds / done.policies:.2f}",
            str(each.requests),
            str(each.inner),
            f"{done.most_megabytes:.0f}",
            f"{done.most_megabytes - done.megabytes_before:.0f}",
            "; ".join(ratios),
        )
    console = Console(width=_WIDE_ENOUGH)
    console.print(f"\n## {shape.databases.engine}\n", highlight=False)
    console.print(table)


def _rate(measured: Measured) -> float:
    return measured.done.policies / measured.done.seconds


if __name__ == "__main__":
    main()
