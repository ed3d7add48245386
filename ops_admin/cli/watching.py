"""Follows a run in the database until its end."""

import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ops_admin.health import workers
from ops_admin.infra.database import db
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Status
from ops_admin.runs.web.presenter import percent_of, result_of

_POLL_SECONDS = 0.25


def wait_for_end(run: Run) -> Run:
    """Wait for the end of the run and return it; warns on standard error if there is no worker."""
    _warn_without_worker(run)
    for current in _states_of(run):
        run = current
    return run


def follow(run: Run) -> Run:
    """Show the run's progress until its end, and return it."""
    _warn_without_worker(run)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task(label_of(run.type), total=None)
        for current in _states_of(run):
            run = current
            percent = percent_of(run.counts)
            progress.update(
                bar,
                description=f"{label_of(run.type)}: {result_of(run)}",
                total=None if percent is None else 100,
                completed=percent or 0,
            )
    return run


def _states_of(run: Run) -> Iterator[Run]:
    while True:
        run = get_run(run.id)
        # Otherwise the next read would see the snapshot of this one.
        db.session.rollback()
        yield run
        if run.is_terminal:
            return
        time.sleep(_POLL_SECONDS)


def _warn_without_worker(run: Run) -> None:
    if run.status == Status.QUEUED and not workers.count_alive():
        click.echo(
            "No worker is alive: the run waits until `ops-admin serve` or `ops-admin worker` is started.", err=True
        )
