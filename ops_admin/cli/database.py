"""`ops-admin db upgrade` and `ops-admin seed`."""

import click
from flask import current_app
from flask_migrate import upgrade as upgrade_database

from ops_admin.auth.seeds import seed_demo
from ops_admin.cli.context import database_needed, with_app, with_ledger
from ops_admin.cli.login import login_lines


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command()
@with_app
def upgrade() -> None:
    """Bring the tables up to this version."""
    with database_needed():
        upgrade_database()
    click.echo("The database is up to date.")


@click.command()
@with_ledger
def seed() -> None:
    """Add the demo workspace, tenants and users; what is there already stays as it is."""
    for line in login_lines(seed_demo(current_app.config["SETTINGS"])):
        click.echo(line)
