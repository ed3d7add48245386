"""`ops-admin runs …`: the ledger from a terminal, through the same guard and dispatch as a form (R37, R53)."""

from typing import TextIO

import click

from ops_admin.access.queries import visible_tenants
from ops_admin.cli.context import with_ledger
from ops_admin.cli.importing import read_legacy_runs
from ops_admin.cli.readers import Reader, reader_option
from ops_admin.cli.reports import EXIT_STATUS, json_option, print_json, print_run, print_runs, print_started
from ops_admin.cli.starting import start_for
from ops_admin.cli.watching import follow, wait_for_end
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import RunFilter, list_runs
from ops_admin.runs.web.responses import answer_body
from ops_admin.runs.web.serialization import document_of

# Neither engine accepts a number beyond 64 bits.
RUN_ID = click.IntRange(1, 2**63 - 1)


@click.group()
def runs() -> None:
    """Start operations and see how they go."""


@runs.command("start")
@click.argument("type_key", metavar="TYPE")
@click.option("--tenant", "external_id", metavar="EXTERNAL_ID", required=True, help="The tenant's directory id.")
@click.option("--inputs", metavar="JSON", default="{}", help="What the operation is told, as a JSON object.")
@reader_option
@click.option(
    "--wait", is_flag=True, help="Wait for the end, which is the exit status: 0, 3 partial, 4 failed, 5 cancelled."
)
@json_option
@with_ledger
def start_run(type_key: str, external_id: str, inputs: str, reader: Reader, wait: bool, as_json: bool) -> None:
    """Start an operation of TYPE on a tenant."""
    started = start_for(reader, type_key, external_id, inputs)
    if not as_json:
        print_started(started)
    run = wait_for_end(started.run) if wait else started.run
    if as_json:
        print_json({**answer_body(started), **(document_of(run) if wait else {})})
    elif wait:
        print_run(run)
    _exit_with(run)


@runs.command("list")
@reader_option
@json_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@with_ledger
def list_newest(reader: Reader, as_json: bool, limit: int) -> None:
    """List the newest runs."""
    rows = list_runs(reader.scope, RunFilter(), size=limit).rows
    if as_json:
        print_json([document_of(run) for run in rows])
    else:
        print_runs(rows, {tenant.id: tenant.display_name for tenant in visible_tenants(reader.rights)})


@runs.command()
@click.argument("run_id", metavar="ID", type=RUN_ID)
@reader_option
@json_option
@with_ledger
def show(run_id: int, reader: Reader, as_json: bool) -> None:
    """Show one run."""
    run = reader.get_run(run_id)
    if as_json:
        print_json(document_of(run))
    else:
        print_run(run)


@runs.command()
@click.argument("run_id", metavar="ID", type=RUN_ID)
@reader_option
@with_ledger
def watch(run_id: int, reader: Reader) -> None:
    """Follow one run to its end with a progress bar; the exit status is that of `start --wait`."""
    run = follow(reader.get_run(run_id))
    print_run(run)
    _exit_with(run)


@runs.command("import")
@click.argument("file", metavar="FILE", type=click.File(encoding="utf-8"))
@with_ledger
def import_runs(file: TextIO) -> None:
    """Store the runs of an earlier system from FILE ("-": standard input), one JSON object a line.

    Each names its reference (which it had there, and by which it is stored once), tenant (directory id) or workspace,
    type, status, outcome, created_at, and may name initiator, started_at, completed_at, counts, failures, context.
    Status and outcome are kept as they are.
    """
    stored = [service.import_legacy(old, Actor.system()) for old in read_legacy_runs(file)]
    known = stored.count(None)
    click.echo(f"{len(stored) - known} runs imported, {known} were there already.")


def _exit_with(run: Run) -> None:
    if run.is_terminal:
        raise SystemExit(EXIT_STATUS.get(run.outcome, 4))
