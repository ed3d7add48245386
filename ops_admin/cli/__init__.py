"""CLI, the command `ops-admin` (R53)."""

import os
from functools import partial

import click

from ops_admin.cli.credentials import credential
from ops_admin.cli.database import database, seed
from ops_admin.cli.doctor import doctor
from ops_admin.cli.housekeeping import reconcile
from ops_admin.cli.places import tenant, workspace
from ops_admin.cli.processes import serve, simulate_graph, web, worker
from ops_admin.cli.pruning import prune
from ops_admin.cli.restore import restore
from ops_admin.cli.runs import runs
from ops_admin.cli.users import user

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ops_admin", prog_name="ops-admin")
@click.pass_context
def main(context: click.Context) -> None:
    """Run ops_admin, the console for long operations on Microsoft Intune tenants."""
    # Files that the console writes (database, exports, review packs) are readable by its own account only.
    context.call_on_close(partial(os.umask, os.umask(0o077)))


COMMANDS: tuple[click.Command, ...] = (
    *(serve, web, worker, database, seed, simulate_graph),
    *(workspace, tenant, user),
    *(runs, restore, reconcile, prune, doctor),
)
tenant.add_command(credential)
for command in COMMANDS:
    main.add_command(command)
