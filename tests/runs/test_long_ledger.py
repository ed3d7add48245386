"""What a page reads does not grow with the ledger (R35), measured by the databases' own statistics."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from bench.ledgers import fill
from ops_admin.access.rights import rights_of
from ops_admin.auth.seeds import seed_demo
from ops_admin.config import Settings
from ops_admin.infra.database import db, utcnow
from ops_admin.runs import queries
from ops_admin.runs.queries import RunFilter, Scope
from ops_admin.runs.states import Display

pytestmark = pytest.mark.usefixtures("app_context")

RUNS = 30_000
# A page of fifty from each of twelve workspaces, or a count up to a thousand for a tenant with a seventh of all runs.
MOST_ROWS = 10_000
# The same in steps of SQLite's virtual machine, which needs five or more for each row it skips.
MOST_STEPS = 120_000
STEPS_A_CALL = 1_000

FILTERS = {
    "everything": RunFilter(),
    **{f"state {state}": RunFilter(display=state) for state in Display},
    "a frequent type": RunFilter(types=("inventory.sync",)),
    "a rare type": RunFilter(types=("restore.execute",)),
    "two types": RunFilter(types=("restore.execute", "restore.preview")),
    "a type that nobody ran": RunFilter(types=("policies.delete",)),
    "an initiator": RunFilter(initiator="Technician 7"),
    "an initiator who is not there": RunFilter(initiator="Nobody"),
    "a tenant": RunFilter(tenant_id=1),
    "a rare type of a tenant": RunFilter(tenant_id=1, types=("restore.execute",)),
    **{f"state {state} of a type": RunFilter(display=state, types=("inventory.sync",)) for state in Display},
    **{f"state {state} of a tenant": RunFilter(display=state, tenant_id=1) for state in Display},
    **{f"state {state} of somebody": RunFilter(display=state, initiator="Technician 7") for state in Display},
    "no type": RunFilter(types=()),
    "a run": RunFilter(run_id=RUNS // 2),
    "the last days": RunFilter(since=utcnow() - timedelta(days=7)),
}


def readings(scope: Scope) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every query that the pages send to the ledger."""
    for name, wanted in FILTERS.items():
        yield f"list of {name}", lambda wanted=wanted: queries.list_runs(scope, wanted)  # type: ignore[misc]
        yield f"count of {name}", lambda wanted=wanted: queries.count_runs(scope, wanted)  # type: ignore[misc]
    second = queries.list_runs(scope, RunFilter()).next
    yield "second page", lambda: queries.list_runs(scope, RunFilter(), second)
    yield "widget", lambda: queries.active_runs(scope)
    yield "initiators", lambda: queries.initiators(scope)


@pytest.fixture
def scope(app: Flask, settings: Settings) -> Scope:
    """What the owner of twelve workspaces with 302 tenants sees, in a ledger of two years."""
    seed_demo(settings)
    db.session.commit()
    fill(settings.database_url, RUNS)
    found = queries.scope_of(rights_of(1))
    assert len(found.reach) == 12
    return found


def statements_of(read: Callable[[], object]) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        sent.append((given[2], given[3]))

    event.listen(db.engine, "before_cursor_execute", note)
    read()
    event.remove(db.engine, "before_cursor_execute", note)
    return [each for each in sent if "operation_runs" in each[0]]


@pytest.mark.own_app
def test_no_page_walks_or_sorts_the_ledger(scope: Scope) -> None:
    judge = problem_in_postgres if db.engine.dialect.name == "postgresql" else problem_in_sqlite
    problems = [
        f"{name}: {problem}"
        for name, read in readings(scope)
        for statement in statements_of(read)
        if (problem := judge(*statement))
    ]
    assert problems == []


def problem_in_sqlite(statement: str, parameters: Any) -> str:
    """Detects more steps of SQLite's virtual machine than a page needs. Looking at a row takes about ten."""
    connection = db.session.connection()
    driver = connection.connection.driver_connection
    assert driver is not None
    steps = itertools.count()
    driver.set_progress_handler(lambda: next(steps) * 0, STEPS_A_CALL)
    connection.exec_driver_sql(statement, parameters).all()
    driver.set_progress_handler(None, 0)
    taken = next(steps) * STEPS_A_CALL
    return f"takes {taken} steps" if taken > MOST_STEPS else ""


def problem_in_postgres(statement: str, parameters: Any) -> str:
    """Detects more rows read or sorted than a page needs, as counted while the statement ran."""
    explained = db.session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    nodes = list(nodes_of(explained.scalar_one()[0]["Plan"]))
    scans = [node for node in nodes if node.get("Relation Name") == "operation_runs"]
    read = sum(rows_read(node) for node in scans)
    kinds = {f"{node['Node Type']} {node.get('Index Name', '')}" for node in scans}
    return f"reads {read} rows by {sorted(kinds)}" if read > MOST_ROWS else ""


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)


def rows_read(node: dict[str, Any]) -> int:
    passed_over = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + passed_over) * node["Actual Loops"])
