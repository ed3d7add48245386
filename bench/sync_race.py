"""`python -m bench.sync_race`: the sync beside IntuneCD on the same simulated tenant, which takes its time to answer.

Both read every settings-catalog policy with its settings and assignments: IntuneCD writes files, the console versions.
With and without Graph's service limits. The memory of the sync is compared with that for a tenant a tenth the size.
"""

import json
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import requests
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from bench.large_sync import Measured, Tenant, simulated_tenant
from bench.machine import describe, load
from bench.shapes import ROOT, SHAPES, Shape
from bench.syncing import Done
from tests.support.environment import CONTOSO

_INTUNECD, _SYNC, _SMALL = "IntuneCD", "inventory.sync", "inventory.sync, a tenth"


@dataclass(frozen=True)
class Course:
    """Under which conditions is raced."""

    name: str
    limits: bool


COURSES = (Course("without service limits", limits=False), Course("with service limits", limits=True))


class SlowTenant(Tenant):
    """A simulated tenant with an answer time."""

    def prepare(self, answer_time: float, *, limits: bool) -> None:
        """Answer that late, and refuse what exceeds Graph's limits, whose counting begins anew."""
        settings: dict[str, object] = {"latency": answer_time, "limits": {} if limits else None}
        requests.put(f"{self.origin}/_sim/settings", json=settings, timeout=60).raise_for_status()
        self.forget_requests()


@click.command()
@click.option("--policies", type=click.IntRange(10), default=2_760, show_default=True)
@click.option("--settings", type=click.IntRange(1), default=20, show_default=True, help="Of each policy.")
@click.option("--answer-time", type=float, default=0.15, show_default=True, help="Seconds of each answer.")
@click.option("--turns", type=click.IntRange(1), default=3, show_default=True, help="The median is shown.")
@click.option("--shape", type=click.Choice(sorted(SHAPES)), default="embedded", show_default=True)
@click.option("--intunecd", type=click.Path(path_type=Path, exists=True), help="The python of its environment.")
def main(policies: int, settings: int, answer_time: float, turns: int, shape: str, intunecd: Path | None) -> None:
    """Race with and without service limits."""
    # Stop all child processes on SIGTERM, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    click.echo(f"{describe()}; {policies:,} policies of {settings} settings each, {answer_time} s an answer.")
    with SHAPES[shape]() as made, simulated_tenant(made.folder) as simulated:
        tenant = SlowTenant(simulated.origin)
        for course in COURSES:
            raced: dict[str, list[Measured]] = {}
            for _ in range(turns):
                tenant.fill(policies, settings)
                if intunecd is not None:
                    tenant.prepare(answer_time, limits=course.limits)
                    raced.setdefault(_INTUNECD, []).append(_measured(tenant, _intunecd(intunecd, tenant)))
                tenant.prepare(answer_time, limits=course.limits)
                raced.setdefault(_SYNC, []).append(_measured(tenant, sync(made, tenant)))
            tenant.fill(policies // 10, settings)
            tenant.prepare(answer_time, limits=course.limits)
            raced[_SMALL] = [_measured(tenant, sync(made, tenant))]
            _print(course, {name: _median(each) for name, each in raced.items()})


def sync(shape: Shape, tenant: Tenant) -> Done:
    """Sync the tenant into an empty database."""
    with shape.console(**tenant.settings) as console:
        click.echo(f"sync, load {load()} …", err=True)
        return Done(**json.loads(console.run_part("graph", "sync")))


def _intunecd(python: Path, tenant: Tenant) -> Done:
    click.echo(f"IntuneCD, load {load()} …", err=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), str(ROOT / "bench" / "intunecd_backup.py"), tenant.origin, CONTOSO, folder]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603  # our own script
    return Done(**json.loads(printed.stdout))


def _measured(tenant: Tenant, done: Done) -> Measured:
    return Measured(done, *tenant.count_requests())


def _median(turns: Sequence[Measured]) -> Measured:
    return sorted(turns, key=lambda each: each.done.seconds)[len(turns) // 2]


def _print(course: Course, raced: dict[str, Measured]) -> None:
    table = Table(box=MARKDOWN)
    table.add_column(course.name)
    for name in ("policies", "seconds", "a second", "own ms a policy", "requests", "in batches", "peak MB", "ratio"):
        table.add_column(name, justify="right")
    for name, each in raced.items():
        done = each.done
        table.add_row(
            name,
            str(done.policies),
            f"{done.seconds:.1f}",
            f"{_rate(each):.0f}",
            f"{1000 * done.own_seconds / max(1, done.policies):.2f}",
            str(each.requests),
            str(each.inner),
            f"{done.most_megabytes:.0f}",
            _ratio(name, each, raced),
        )
    console = Console(width=180)
    console.print(f"\n## {course.name}\n", highlight=False)
    console.print(table)


def _ratio(name: str, measured: Measured, raced: dict[str, Measured]) -> str:
    if name == _SYNC and _INTUNECD in raced:
        return f"{_rate(measured) / _rate(raced[_INTUNECD]):.2f} of IntuneCD"
    if name == _SMALL:
        return f"{raced[_SYNC].done.most_megabytes / measured.done.most_megabytes:.2f} times its memory for all"
    return ""


def _rate(measured: Measured) -> float:
    return measured.done.policies / measured.done.seconds


if __name__ == "__main__":
    main()
