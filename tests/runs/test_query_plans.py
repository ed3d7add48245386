"""Which indexes serve the pages of a long ledger (R35). On PostgreSQL the plan depends on the tables' contents."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from ops_admin.infra.database import db, utcnow
from ops_admin.runs import queries
from ops_admin.runs.queries import RunFilter, Scope
from ops_admin.runs.states import Display

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite plans the same with or without rows."""
    return sqlite_url


def plan_of(read: Callable[[], object]) -> str:
    """Return SQLite's plan for the single statement that `read` sends."""
    sent: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append((given[2], given[3])))
    read()
    [(statement, parameters)] = [each for each in sent if "operation_runs" in each[0]]
    rows = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(row.detail for row in rows)


@pytest.mark.parametrize(
    "display",
    [Display.CANCELLED, Display.PARTIAL, Display.UNKNOWN, Display.QUEUED, Display.RUNNING, Display.AWAITING],
)
def test_states_that_few_runs_have_are_found_by_their_own_indexes(display: Display) -> None:
    scope = Scope(frozenset({1, 2}), frozenset({1}), frozenset({1}))
    plan = plan_of(lambda: queries.count_runs(scope, RunFilter(display=display)))
    wanted = {
        Display.UNKNOWN: "ix_operation_runs_legacy",
        Display.QUEUED: "uq_operation_runs_active",
        Display.RUNNING: "uq_operation_runs_active",
        Display.AWAITING: "uq_operation_runs_active",
    }
    assert wanted.get(display, "ix_operation_runs_unsuccessful") in plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(display=Display.QUEUED, types=("inventory.sync",)), "uq_operation_runs_active"),
        (RunFilter(display=Display.RUNNING, initiator="Ada"), "uq_operation_runs_active"),
        (RunFilter(display=Display.AWAITING, tenant_id=1), "uq_operation_runs_active"),
        (RunFilter(display=Display.UNKNOWN, types=("inventory.sync",)), "ix_operation_runs_legacy"),
        (RunFilter(display=Display.UNKNOWN, tenant_id=1), "ix_operation_runs_legacy"),
        (RunFilter(display=Display.CANCELLED, tenant_id=1), "ix_operation_runs_unsuccessful_of_tenant"),
        (RunFilter(display=Display.CANCELLED, types=("inventory.sync",)), "ix_operation_runs_unsuccessful_of_type"),
        (RunFilter(outcome="cancelled", initiator="Ada"), "ix_operation_runs_unsuccessful_of_initiator"),
    ],
)
def test_few_runs_are_found_by_their_own_indexes_whatever_else_is_asked(wanted: RunFilter, index: str) -> None:
    scope = Scope(frozenset({1, 2}), frozenset({1}), frozenset({1}), frozenset({1}))
    for read in (queries.count_runs, queries.list_runs):
        plan = plan_of(lambda read=read: read(scope, wanted))  # type: ignore[misc]
        found = [line for line in plan.splitlines() if " INDEX " in line and "PRIMARY KEY" not in line]
        # Tenantless runs are few as well.
        assert any(index in line for line in found), plan
        assert all(index in line or "ix_operation_runs_tenantless" in line for line in found), plan


def test_the_list_walks_the_newest_runs_of_a_workspace_without_sorting_them() -> None:
    scope = Scope(frozenset(range(1, 100)), frozenset({1}), frozenset({1}))
    plan = plan_of(lambda: queries.list_runs(scope, RunFilter()))
    assert "ix_operation_runs_workspace_created" in plan
    assert "TEMP B-TREE" not in plan


def test_the_list_of_few_tenants_takes_the_newest_of_each() -> None:
    scope = Scope(frozenset({1, 2}), frozenset({1}), frozenset({1}))
    plan = plan_of(lambda: queries.list_runs(scope, RunFilter()))
    assert plan.count("ix_operation_runs_tenant_created") == 2
    assert plan.count("ix_operation_runs_tenantless") == 1


SCOPE = Scope(frozenset({1, 2}), frozenset({1}), frozenset({1}))


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda: queries.matching_ids(SCOPE, RunFilter(), "active", 10), "uq_operation_runs_active"),
        (lambda: queries.matching_ids(SCOPE, RunFilter(), "ended", 10), "ix_operation_runs_tenant_created"),
        (lambda: queries.count_active_by_tenant(SCOPE.only({1})), "uq_operation_runs_active_tenant"),
        (lambda: queries.last_failures(SCOPE.only({1}), utcnow()), "ix_operation_runs_unsuccessful"),
    ],
    ids=["to stop", "to start again", "active", "failed"],
)
def test_many_runs_at_once_and_the_first_page_look_through_no_ledger(read: Callable[[], object], index: str) -> None:
    plan = plan_of(read)
    assert index in plan
    assert "SCAN operation_runs" not in plan.replace("SCAN operation_runs USING INDEX", "")


def test_what_is_active_is_counted_without_looking_at_what_has_ended() -> None:
    """Prometheus asks every few seconds."""
    plan = plan_of(queries.count_active)
    assert "uq_operation_runs_active_tenant" in plan
    assert "SCAN operation_runs" not in plan
