"""`ops-admin reconcile`: repair by hand what a crash left behind (R48), also when no worker is alive."""

import click

from ops_admin.access.queries import list_workspaces
from ops_admin.cli.context import with_ledger
from ops_admin.runs import execution, queries
from ops_admin.runs.housekeeping import start_reconcile
from ops_admin.runs.presenter import outcome_label, summary_of


@click.command()
@with_ledger
def reconcile() -> None:
    """Repair runs whose worker died, that no worker will take, or that disagree with their record."""
    for workspace in list_workspaces():
        run_id = start_reconcile(workspace.id).run.id
        # Done here and now; a worker that takes the message later finds nothing left to claim.
        execution.execute(run_id)
        run = queries.get_run(run_id)
        click.echo(f"{workspace.name}: run {run_id}, {outcome_label(run.outcome)}, {summary_of(run.counts)}")
