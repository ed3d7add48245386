"""`ops-admin …`: a thin face over the packages below (R53)."""

import click

from ops_admin.cli.database import database, seed
from ops_admin.cli.doctor import doctor
from ops_admin.cli.housekeeping import reconcile
from ops_admin.cli.processes import serve, simulate_graph, web, worker
from ops_admin.cli.pruning import prune
from ops_admin.cli.restore import restore
from ops_admin.cli.runs import runs

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ops_admin", prog_name="ops-admin")
def main() -> None:
    """Run ops_admin, the console for long operations on Microsoft Intune tenants."""


for command in (serve, web, worker, database, seed, simulate_graph, runs, restore, reconcile, prune, doctor):
    main.add_command(command)
