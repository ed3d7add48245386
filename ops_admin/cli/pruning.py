"""`ops-admin prune`: deletes old runs by hand (R48), with or without a retention setting."""

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
        before = utcnow() - timedelta(days=days)
        for workspace in list_workspaces():
            forecast = pruning.foresee(workspace.id, before)
            stay = f"{forecast.kept} would stay although they are old"
            click.echo(f"{workspace.name}: {forecast.deleted} runs would go, {stay}")
        _say_besides(pruning.count_old_records(before), "would go")
        return
    swept: Counter[str] = Counter()
    for workspace in list_workspaces():
        swept.update(_prune(workspace, days))
    _say_besides(swept, "deleted")


def _say_besides(left: Mapping[str, int], what: str) -> None:
    texts = ", ".join(f"{number} {name}" for name, number in sorted(left.items()) if number)
    click.echo(f"Besides, of all workspaces together: {texts or 'nothing'} {what}")


def _prune(workspace: Workspace, days: int) -> Mapping[str, int]:
    started = pruning.start_prune(workspace.id, days, by_hand=True)
    if not started.created:
        click.echo(f"{workspace.name}: run {started.run.id} is at it already")
        return {}
    # Done by this process; a worker that takes the message later finds nothing to claim.
    execution.execute(started.run.id)
    run = wait_for_end(queries.get_run(started.run.id))
    # Without "items": those are records that belong to no workspace.
    summary = summary_of({key: number for key, number in run.counts.items() if key != "items"}, run.type)
    click.echo(f"{workspace.name}: run {run.id}, {result_of(run)}, {summary}")
    return pruning.swept_by(run)
