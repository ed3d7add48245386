"""The ledger's only reader: visibility, filters, keyset pages, old rows (R9, R32, R35)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import rights_of
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.runs import queries
from ops_admin.runs.ledger import Run
from ops_admin.runs.models import ACTIVE_TENANT_RUN, ACTIVE_WORKSPACE_RUN
from ops_admin.runs.queries import RunFilter, Scope, scope_of
from ops_admin.runs.states import Display, Outcome
from tests.support.factories import (
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_workspace,
)

pytestmark = pytest.mark.usefixtures("app_context")


def seeing(*tenants: Tenant) -> Scope:
    return Scope(frozenset(tenant.id for tenant in tenants), frozenset(tenant.workspace_id for tenant in tenants))


def ids(scope: Scope, **wanted: object) -> list[int]:
    return [run.id for run in queries.list_runs(scope, RunFilter(**wanted)).rows]  # type: ignore[arg-type]


def test_the_scope_follows_from_the_rights() -> None:
    tenant = make_tenant()
    member = make_member(tenant, Role.READONLY)
    own = frozenset({tenant.workspace_id})
    assert scope_of(rights_of(member.id)) == Scope(frozenset({tenant.id}), own, reach=own, whole=own)


def test_a_member_without_a_role_on_the_tenant_sees_only_workspace_runs() -> None:
    tenant = make_tenant()
    make_run(tenant)
    of_workspace = make_run(workspace_id=tenant.workspace_id)
    scope = scope_of(rights_of(make_member(tenant, None).id))
    assert ids(scope) == [of_workspace.id]


def test_runs_of_other_tenants_and_workspaces_are_never_listed() -> None:
    mine, other = make_tenant(), make_tenant()
    run = make_run(mine)
    make_run(other)
    make_run(workspace_id=make_workspace().id)
    scope = seeing(mine)
    assert ids(scope) == [run.id]
    assert [active.id for active in queries.active_runs(scope)] == [run.id]
    assert queries.count_runs(scope, RunFilter()).number == 1


def test_the_list_is_newest_first_and_pages_forth_and_back_without_gaps() -> None:
    tenant = make_tenant()
    made = [make_run(tenant).id for _ in range(7)]
    scope, wanted = seeing(tenant), RunFilter()
    first = queries.list_runs(scope, wanted, size=3)
    second = queries.list_runs(scope, wanted, first.next, size=3)
    third = queries.list_runs(scope, wanted, second.next, size=3)
    seen = [run.id for page in (first, second, third) for run in page.rows]
    assert seen == made[::-1]
    assert (first.previous, third.next) == (None, None)
    assert second.previous is not None
    back = queries.list_runs(scope, wanted, second.previous, size=3)
    assert (back.rows, back.previous) == (first.rows, None)


def test_a_page_stays_where_it_is_when_new_runs_arrive() -> None:
    tenant = make_tenant()
    made = [make_run(tenant).id for _ in range(4)]
    first = queries.list_runs(seeing(tenant), RunFilter(), size=2)
    make_run(tenant)
    second = queries.list_runs(seeing(tenant), RunFilter(), first.next, size=2)
    assert [run.id for run in second.rows] == made[1::-1]


def test_every_filter_narrows_the_list() -> None:
    tenant, second = make_tenant(), make_tenant()
    user = make_member(tenant)
    failed = make_completed_run(tenant, user, outcome=Outcome.FAILED, type="directory.groups.sync")
    running = make_running_run(second)
    scope = seeing(tenant, second)
    assert ids(scope, display=Display.FAILED) == [failed.id]
    assert ids(scope, status="running") == [running.id]
    assert ids(scope, outcome="failed") == [failed.id]
    assert ids(scope, types=("directory.groups.sync",)) == [failed.id]
    assert ids(scope, types=()) == []
    assert ids(scope, tenant_id=second.id) == [running.id]
    assert ids(scope, initiator=user.display_name) == [failed.id]
    assert ids(scope, run_id=running.id) == [running.id]
    assert ids(scope, since=utcnow() + timedelta(minutes=1)) == []
    assert ids(scope, until=utcnow() - timedelta(minutes=1)) == []


def test_a_count_that_would_be_slow_is_capped_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COUNT_CAP", 2)
    tenant = make_tenant()
    for _ in range(3):
        make_run(tenant)
    assert queries.count_runs(seeing(tenant), RunFilter()) == queries.CappedCount(2, capped=True)


def test_looking_for_active_runs_passes_over_those_that_have_ended() -> None:
    asked: list[str] = []
    engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    queries.active_runs(Scope(frozenset({1, 2}), frozenset({1, 2})))
    [conditions] = [re.sub(r"\s+", " ", sql.partition("WHERE")[2]) for sql in asked if "operation_runs" in sql]
    # If the wording differs, neither engine uses the partial indexes.
    assert f"{ACTIVE_TENANT_RUN} AND operation_runs.tenant_id IN" in conditions
    assert f"{ACTIVE_WORKSPACE_RUN} AND operation_runs.workspace_id IN" in conditions


@pytest.mark.parametrize(
    ("status", "outcome", "shown"),
    [("failed", "", "failed"), ("done", "ok", "unknown"), ("completed", "odd", "unknown")],
)
@pytest.mark.own_app
def test_a_row_of_an_earlier_system_is_read_as_it_is(status: str, outcome: str, shown: str) -> None:
    tenant = make_tenant()
    run = make_legacy_run(tenant, status, outcome)
    assert (run.status, run.outcome, run.display) == (status, outcome, shown)
    assert run.is_terminal
    assert (run.counts, run.failures, run.context) == ({}, (), {})
    assert ids(seeing(tenant), display=Display(shown)) == [run.id]
    assert queries.active_runs(seeing(tenant)) == []


def make_legacy_run(tenant: Tenant, status: str, outcome: str) -> Run:
    """Put a row into the table that an earlier system has left there, with columns that hold anything."""
    run = make_run(tenant)
    changes = f"is_legacy = true, status = '{status}', outcome = '{outcome}'"
    rubbish = """summary_counts = '"rubbish"', failure_summary = '{"a": 1}', context = '[]'"""
    with transaction() as session:
        session.connection().exec_driver_sql(f"update operation_runs set {changes}, {rubbish} where id = {run.id}")
    return queries.get_run(run.id)


def test_of_many_active_runs_those_that_are_running_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_ACTIVE", 2)
    tenant = make_tenant()
    running, *_, newest = make_running_run(tenant), make_run(tenant), make_run(tenant)
    assert [run.id for run in queries.active_runs(seeing(tenant))] == [running.id, newest.id]


def test_the_success_of_another_workspace_starts_no_cooldown_here() -> None:
    """Hashes name the workspace, and the query does not rely on that."""
    tenant, other = make_tenant(), make_tenant()
    run = make_completed_run(tenant)
    since = utcnow() - timedelta(minutes=1)
    found = queries.recent_success(run.run_identity_hash, tenant.id, tenant.workspace_id, since)
    assert found is not None
    assert found.id == run.id
    assert queries.recent_success(run.run_identity_hash, tenant.id, other.workspace_id, since) is None


def test_looking_is_free_of_writes() -> None:
    run = make_run()
    queries.get_run(run.id)
    assert db.session.execute(text("select revision from operation_runs")).scalar_one() == 1
