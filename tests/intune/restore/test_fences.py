"""Who may still write a restore: only the run it is under, and only what that run compared (R23, R43, R48)."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import update

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db, transaction
from ops_admin.intune.restore.drafting import discard
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.lifecycle import complete_preview, mirrored
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.queries import Restore, list_groups
from ops_admin.intune.restore.results import record_finding
from ops_admin.intune.restore.states import RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import (
    SYSTEM,
    execute_restore,
    fresh,
    held,
    items_of,
    make_backup,
    make_restore,
    preview,
    skip_groups,
    without_assignments,
    writes_to,
)
from tests.support.factories import make_member

CREATE = {"action": "create", "matched_by": "none"}


@pytest.fixture
def draft(source: Tenant, target: Tenant) -> Restore:
    return without_assignments(make_restore(make_backup(source, types=["deviceManagementScripts"]), target))


@pytest.fixture
def previewed(draft: Restore) -> Restore:
    preview(draft)
    return fresh(draft)


def begin(restore: Restore, key: str = "restore.execute") -> Run:
    return start(key, actor=SYSTEM, tenant_id=restore.tenant_id, inputs={"restore_run_id": restore.id}).run


def change(restore: Restore, **values: object) -> None:
    with transaction() as session:
        session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore.id).values(values))


def looked_at(restore: Restore) -> set[str | None]:
    return {item.action for item in items_of(restore)}


def test_a_change_of_the_mapping_calls_for_another_preview(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = skip_groups(make_restore(make_backup(source, types=["deviceManagementScripts"]), target))
    preview(restore)
    previewed = fresh(restore)
    group, row = held(simulator, target, "groups")[0]["id"], list_groups(previewed.id)[0]

    assert decide_groups(previewed, {row.source_group_id: Decided(group)})

    assert fresh(previewed).status == "draft"
    with pytest.raises(InvalidInputs, match="Preview this restore first"):
        begin(previewed)


def test_what_was_changed_since_its_preview_is_not_executed(previewed: Restore) -> None:
    change(previewed, revision=previewed.revision + 1)

    with pytest.raises(InvalidInputs, match="Preview this restore first"):
        begin(previewed)


def test_a_discarded_restore_is_never_executed(previewed: Restore, target: Tenant, simulator: Simulator) -> None:
    assert discard(previewed, SYSTEM)

    with pytest.raises(InvalidInputs, match="discarded"):
        begin(previewed)
    with pytest.raises(InvalidInputs, match="discarded"):
        preview(previewed)
    assert (fresh(previewed).is_executable, writes_to(simulator, target)) == (False, [])


def test_a_restore_whose_waiting_run_was_cancelled_can_be_started_again(previewed: Restore) -> None:
    assert previewed.operation_run_id is not None
    service.request_cancel(previewed.operation_run_id, Actor.worker("Somebody"))

    assert execute_restore(previewed).outcome == Outcome.SUCCEEDED


@pytest.mark.parametrize("values", [{"revision": 99}, {"status": RestoreStatus.CANCELLED}, {"preview_run_id": 999_999}])
def test_a_preview_that_was_overtaken_ends_nothing_and_finds_nothing(draft: Restore, values: dict[str, object]) -> None:
    run, item = begin(draft, "restore.preview"), items_of(draft)[0]
    change(draft, **values)

    assert not complete_preview(draft.id, draft.revision, run.id, SYSTEM)
    with pytest.raises(OperationFailed, match=r"restore\.edited"):
        record_finding(draft.id, draft.revision, run.id, item.id, CREATE)

    assert (looked_at(draft), fresh(draft).previewed_revision) == ({None}, None)


def test_a_preview_that_nothing_overtook_counts(draft: Restore) -> None:
    run, item = begin(draft, "restore.preview"), items_of(draft)[0]

    record_finding(draft.id, draft.revision, run.id, item.id, CREATE)

    assert complete_preview(draft.id, draft.revision, run.id, SYSTEM)
    assert "create" in looked_at(draft)


def test_the_preview_of_another_run_is_left_to_that(draft: Restore, simulator: Simulator) -> None:
    run = begin(draft, "restore.preview")
    change(draft, preview_run_id=999_999)
    simulator.control("DELETE", "requests")

    execute(run.id)

    db.session.rollback()
    assert [each.code for each in get_run(run.id).failures] == ["restore.not_ready"]
    assert simulator.control("GET", "requests?path=deviceManagement")["count"] == 0


@pytest.mark.parametrize(
    "values",
    [{"operation_run_id": 999_999, "status": RestoreStatus.RUNNING}, {"status": RestoreStatus.FAILED}],
)
def test_a_restore_that_is_another_runs_or_not_running_is_not_executed(
    previewed: Restore, target: Tenant, simulator: Simulator, values: dict[str, object]
) -> None:
    run = begin(previewed)
    change(previewed, **values)
    simulator.control("DELETE", "requests")

    execute(run.id)

    db.session.rollback()
    assert [each.code for each in get_run(run.id).failures] == ["restore.not_ready"]
    assert simulator.control("GET", "requests?path=groups")["count"] == 0


def test_housekeeping_learns_that_a_run_has_lost_its_restore_to_another(previewed: Restore) -> None:
    assert previewed.operation_run_id is not None
    mine = get_run(previewed.operation_run_id)

    assert mirrored(mine).state == "waiting"
    assert mirrored(replace(mine, id=999_999)).state == "missing"


def test_a_restore_that_gets_another_run_is_asked_for_again(
    previewed: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, held_runs = service.hold, list[int]()

    def hold(run_id: int) -> None:
        held_runs.append(run_id)
        real(run_id)
        if len(held_runs) == 1:
            change(previewed, operation_run_id=999_999)

    monkeypatch.setattr(service, "hold", hold)
    with transaction() as session:
        assert lock_restore(session, previewed.id).operation_run_id == previewed.operation_run_id
    assert held_runs == [previewed.operation_run_id] * 2


@pytest.mark.parametrize("key", ["restore.preview", "restore.execute"])
def test_nobody_brings_a_backup_into_a_tenant_that_they_may_not_look_into(
    app: Flask, previewed: Restore, source: Tenant, target: Tenant, key: str
) -> None:
    """Not even with a preview made by somebody else who may."""
    user, stranger = make_member(target, Role.MANAGER), make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.READONLY)

    with pytest.raises((NotAllowed, NotVisible)):
        press(previewed, key, stranger)
    assert fresh(previewed).status == "previewed"
    assert press(previewed, key, user).run.user_id == user.id


def press(restore: Restore, key: str, user: User) -> Started:
    inputs: dict[str, object] = {"restore_run_id": restore.id}
    return start(key, actor=Actor.user(user), tenant_id=restore.tenant_id, inputs=inputs)
