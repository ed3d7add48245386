"""How runs are printed on a terminal."""

import json
from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops_admin.runs import failures
from ops_admin.runs.dispatch import Started
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.presenter import outcome_label, result_of, summary_of, toast_of

EXIT_STATUS: Mapping[str, int] = {
    Outcome.SUCCEEDED: 0,
    Outcome.PARTIALLY_SUCCEEDED: 3,
    Outcome.FAILED: 4,
    Outcome.CANCELLED: 5,
}


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: object) -> None:
    """Print one line of JSON."""
    click.echo(json.dumps(value))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Print a table, or `nothing` if it would be empty."""
    if not rows:
        click.echo(nothing)
        return
    table = Table(*columns)
    for row in rows:
        # As Text, because a name may contain what the library reads as markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)


def print_started(started: Started) -> None:
    """Print what a form's toast would say (R31)."""
    toast = toast_of(started.run, started.answer)
    click.echo(f"{toast.title}: {toast.message} (run {started.run.id}, {toast.url})")


def print_run(run: Run) -> None:
    """Print one run: its state or end, its counts, and its failures."""
    lines = [f"Run {run.id}, {label_of(run.type)}, by {run.initiator_name}: {result_of(run)}"]
    lines += [f"  Outcome: {outcome_label(run.outcome)}"] if run.is_terminal else []
    lines += [f"  {summary}"] if (summary := summary_of(run.counts, run.type)) else []
    lines += [f"  {each.count} x {each.code}: {each.message or failures.explain(each.code)}" for each in run.failures]
    click.echo("\n".join(lines))


def print_runs(rows: Sequence[Run], tenant_names: Mapping[int, str]) -> None:
    """Print a table of runs; `tenant_names` are the names of the reader's tenants, by id."""
    columns = ("Run", "Operation", "Tenant", "Status", "Initiator", "Created (UTC)", "Result")
    cells = []
    for run in rows:
        created = f"{run.created_at:%Y-%m-%d %H:%M:%S}"
        tenant = "Whole workspace" if run.tenant_id is None else tenant_names.get(run.tenant_id, f"#{run.tenant_id}")
        summary = summary_of(run.counts, run.type) or ""
        cells.append((str(run.id), label_of(run.type), tenant, result_of(run), run.initiator_name, created, summary))
    print_table(columns, cells, "There are no runs.")
