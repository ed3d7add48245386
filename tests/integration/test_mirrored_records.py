"""Housekeeping corrects a run that disagrees with the record it mirrors: a restore, a review pack (R23, R43, R48)."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from ops_admin.access.queries import get_tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.reviews.models import DbReviewPack
from ops_admin.runs import queries, service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.worker import execution, reconciler
from tests.support.factories import WORKER, make_tenant
from tests.support.pages import World, make_world

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def world() -> World:
    return make_world()


def adapter_of(world: World) -> Run:
    """The run that mirrors the world's restore and waits for somebody to execute it."""
    scope = queries.Scope(frozenset({world.tenant.id}), frozenset())
    [run] = [run for run in queries.active_runs(scope) if run.type == "restore.execute"]
    return run


def reconcile(workspace_id: int) -> None:
    execution.execute(reconciler.start_reconcile(workspace_id).run.id)


def test_a_restore_that_waits_for_its_execution_may_wait_for_months(world: World) -> None:
    run = adapter_of(world)
    with transaction() as session:
        session.execute(text("update operation_runs set updated_at = '2020-01-01 00:00:00'"))
    reconcile(world.tenant.workspace_id)
    assert queries.get_run(run.id).status == "queued"


@pytest.mark.parametrize(("status", "outcome"), [("completed", "succeeded"), ("partial", "partially_succeeded")])
def test_a_restore_that_has_ended_ends_its_run(world: World, status: str, outcome: str) -> None:
    run = adapter_of(world)
    with transaction() as session:
        session.execute(update(DbRestoreRun).values(status=status))
    reconcile(world.tenant.workspace_id)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.failures[-1].code) == (outcome, "adapter.status_drift")


def test_a_restore_that_is_gone_ends_its_run(world: World) -> None:
    run = adapter_of(world)
    with transaction() as session:
        session.execute(delete(DbRestoreRun))
    reconcile(world.tenant.workspace_id)
    assert queries.get_run(run.id).failures[-1].code == "adapter.record_missing"


def test_a_pack_whose_worker_died_fails_with_its_run() -> None:
    tenant = get_tenant(make_tenant().id)
    run = start("review_pack.generate", actor=Actor.system(), tenant_id=tenant.id).run
    service.claim(run, WORKER)
    long_ago = queries.get_run(run.id).created_at - timedelta(hours=1)
    with transaction() as session:
        session.execute(update(DbReviewPack).where(DbReviewPack.status != "generating").values(status="generating"))
        session.execute(text("update operation_runs set heartbeat_at = :then"), {"then": str(long_ago)[:19]})
    reconcile(tenant.workspace_id)
    assert queries.get_run(run.id).failures[-1].code == "worker.lost"
    with transaction() as session:
        assert session.execute(text("select status from review_packs")).scalar_one() == "failed"
