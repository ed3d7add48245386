"""`ops-admin reconcile`: repairs by hand what a crash left behind (R48), even if no worker is alive."""

import click

from ops_admin.access.queries import list_workspaces
from ops_admin.cli.context import with_ledger
from ops_admin.runs.web.presenter import result_of, summary_of
from ops_admin.runs.worker.reconciler import work_off


@click.command()
@with_ledger
def reconcile() -> None:
    """Repair runs whose worker died, that no worker will take, or that disagree with their record."""
    names = {workspace.id: workspace.name for workspace in list_workspaces()}
    for workspace_id, run in work_off(names).items():
        end = f"{result_of(run)}, {summary_of(run.counts, run.type)}"
        click.echo(f"{names[workspace_id]}: run {run.id}, {end}")
