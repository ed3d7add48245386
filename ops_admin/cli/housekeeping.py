"""`ops-admin reconcile`: repair by hand what a crash left behind (R48), also when no worker is alive."""

import click

from ops_admin.access.queries import list_workspaces
from ops_admin.cli.context import with_ledger
from ops_admin.runs import queries
from ops_admin.runs.housekeeping import start_reconcile, work_off
from ops_admin.runs.presenter import outcome_label, summary_of


@click.command()
@with_ledger
def reconcile() -> None:
    """Repair runs whose worker died, that no worker will take, or that disagree with their record."""
    runs = {workspace.name: start_reconcile(workspace.id, by_hand=True).run.id for workspace in list_workspaces()}
    # Done here and now; a worker that takes a message later finds nothing left to claim.
    work_off(runs.values())
    for name, run_id in runs.items():
        run = queries.get_run(run_id)
        click.echo(f"{name}: run {run_id}, {outcome_label(run.outcome)}, {summary_of(run.counts, run.type)}")
