"""`ops-admin prune`: delete old runs by hand (R48), with or without a retention setting."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import click
from flask import current_app

from ops_admin.access.queries import Workspace, list_workspaces
from ops_admin.cli.context import Refusal, with_ledger
from ops_admin.cli.watching import wait_for_end
from ops_admin.config import Settings
from ops_admin.infra.database import utcnow
from ops_admin.runs import queries
from ops_admin.runs.ledger import Run
from ops_admin.runs.web.presenter import result_of, summary_of
from ops_admin.runs.worker import execution, pruning


@click.command()
@click.option(
    "--older-than",
    "days",
    metavar="DAYS",
    type=click.IntRange(1, pruning.MOST_DAYS),
    help="Prune what ended more than so many days ago; default: OPS_ADMIN_RETENTION_DAYS.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
@with_ledger
def prune(days: int | None, dry_run: bool) -> None:
    """Delete old runs and what belongs to them: never an active one, nor one to which something living refers."""
    settings: Settings = current_app.config["SETTINGS"]
    days = days or settings.retention_days
    if days is None:
        raise Refusal("Say --older-than DAYS: no retention is set (OPS_ADMIN_RETENTION_DAYS), so all runs are kept.")
    if dry_run:
        for workspace in list_workspaces():
            _foresee(workspace, days)
        _say_besides(pruning.count_old_records(utcnow() - timedelta(days=days)), "would go")
        return
    swept: Counter[str] = Counter()
    for workspace in list_workspaces():
        swept.update(_prune(workspace, days))
    _say_besides(swept, "deleted")


def _say_besides(left: Mapping[str, int], what: str) -> None:
    texts = ", ".join(f"{number} {name}" for name, number in sorted(left.items()) if number)
    click.echo(f"Besides, of all workspaces together: {texts or 'nothing'} {what}")


def _foresee(workspace: Workspace, days: int) -> None:
    forecast = pruning.foresee(workspace.id, utcnow() - timedelta(days=days))
    click.echo(f"{workspace.name}: {forecast.deleted} runs would go, {forecast.kept} would stay although they are old")


def _prune(workspace: Workspace, days: int) -> Mapping[str, int]:
    started = pruning.start_prune(workspace.id, days, by_hand=True)
    if not started.created:
        click.echo(f"{workspace.name}: run {started.run.id} is at it already")
        return {}
    # Done here and now; a worker that takes the message later finds nothing left to claim.
    execution.execute(started.run.id)
    run = wait_for_end(queries.get_run(started.run.id))
    click.echo(f"{workspace.name}: run {run.id}, {result_of(run)}, {_runs_of(run)}")
    return pruning.swept_by(run)


def _runs_of(run: Run) -> str | None:
    """Say what became of the runs; what else went belongs to no workspace."""
    return summary_of({key: number for key, number in run.counts.items() if key != "items"}, run.type)
