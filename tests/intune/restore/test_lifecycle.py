"""A restore and its adapter run: linked from the preview on, changed together, never in disagreement (R23, R43)."""

import json
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.guards import NotAllowed
from ops_admin.access.queries import Tenant, get_tenant
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.drafting import choose_items, create_draft, discard
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.operations.live import LiveTenant
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.results import ItemLog
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.runs import service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import Scope, active_runs, get_run, transitions_of
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import (
    SYSTEM,
    both_engines,
    execute_restore,
    fresh,
    held,
    items_of,
    make_backup,
    make_restore,
    preview,
    without_assignments,
    writes_to,
)
from tests.support.factories import make_member

pytestmark = both_engines
TYPES = ["deviceShellScripts", "roleDefinitions"]


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=TYPES)


@pytest.fixture
def draft(backup: BackupSet, target: Tenant) -> Restore:
    return without_assignments(make_restore(backup, target))


@pytest.fixture
def previewed(draft: Restore) -> Restore:
    preview(draft)
    return fresh(draft)


def adapter_of(restore: Restore) -> Run:
    found = fresh(restore)
    assert found.operation_run_id is not None
    return get_run(found.operation_run_id)


def executions(restore: Restore) -> list[Run]:
    scope = Scope(frozenset({restore.tenant_id}), frozenset())
    return [run for run in active_runs(scope) if run.type == "restore.execute"]


def messages() -> list[int]:
    db.session.commit()
    return [json.loads(bytes(item))["message"]["args"][0] for item in huey.storage.enqueued_items()]


def both(restore: Restore) -> tuple[str, str, str]:
    run = adapter_of(restore)
    return fresh(restore).status, run.status, run.outcome


def test_a_draft_has_no_adapter_run(draft: Restore) -> None:
    assert (draft.status, draft.operation_run_id, executions(draft)) == ("draft", None, [])


def test_a_preview_leaves_a_queued_run_that_nothing_will_execute(draft: Restore) -> None:
    looked = preview(draft)

    run = adapter_of(draft)
    assert both(draft) == ("previewed", "queued", "pending")
    assert run.context["restore_run_id"] == draft.id
    assert run.id not in messages()
    assert looked.context["restore_run_id"] == draft.id


def test_pressing_restore_queues_that_very_run_and_names_who_pressed(previewed: Restore, target: Tenant) -> None:
    prepared, user = adapter_of(previewed), make_member(target, Role.MANAGER)
    administration.grant_role(user.id, previewed.source_tenant_id, Role.READONLY)

    started = start(
        "restore.execute", actor=Actor.user(user), tenant_id=target.id, inputs={"restore_run_id": previewed.id}
    )

    assert (started.run.id, started.answer, started.run.user_id) == (prepared.id, "created", user.id)
    assert both(previewed) == ("queued", "queued", "pending")
    assert messages().count(prepared.id) == 1


def test_the_restore_follows_its_run_to_the_end(previewed: Restore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = execute_restore(previewed)

    assert both(previewed) == ("completed", "completed", "succeeded")
    assert [each.to_status for each in transitions_of(run.id)] == ["queued", "queued", "running", "completed"]
    found = fresh(previewed)
    assert (found.started_at, found.completed_at) == (run.started_at, run.completed_at)


def test_a_form_that_is_sent_twice_leaves_the_preview_as_it_is(previewed: Restore) -> None:
    rows = queries.list_groups(previewed.id)

    assert not decide_groups(previewed, {row.source_group_id: Decided(None) for row in rows})
    assert not choose_items(previewed, add=[item.backup_item_id for item in items_of(previewed)])

    assert fresh(previewed) == previewed


def test_cancelling_the_waiting_run_cancels_the_restore(previewed: Restore) -> None:
    service.request_cancel(adapter_of(previewed).id, Actor.worker("Somebody"))

    assert both(previewed) == ("cancelled", "completed", "cancelled")


def test_discarding_ends_both(previewed: Restore) -> None:
    assert discard(previewed, SYSTEM)

    assert both(previewed) == ("cancelled", "completed", "cancelled")
    assert not discard(fresh(previewed), SYSTEM)


def test_a_draft_that_was_changed_under_a_preview_is_not_previewed(
    draft: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_while(monkeypatch, lambda: choose_items(draft, remove=[items_of(draft)[0].backup_item_id]))

    run = preview(draft)

    assert (run.outcome, [each.code for each in run.failures]) == (Outcome.FAILED, ["restore.edited"])
    assert (fresh(draft).status, executions(draft)) == ("draft", [])


def edit_while(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    real = LiveTenant.missing_groups

    def missing_groups(live: LiveTenant, group_ids: object) -> frozenset[str]:
        change()
        return real(live, group_ids)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(LiveTenant, "missing_groups", missing_groups)


def test_what_was_executed_cannot_be_changed(previewed: Restore) -> None:
    execute_restore(previewed)

    with pytest.raises(NotEditable):
        choose_items(previewed, remove=[items_of(previewed)[0].backup_item_id])
    with pytest.raises(InvalidInputs):
        preview(previewed)
    with pytest.raises(InvalidInputs):
        execute_restore(previewed)


def test_a_draft_is_not_executed(draft: Restore) -> None:
    with pytest.raises(InvalidInputs):
        execute_restore(draft)
    assert executions(draft) == []


def test_nothing_is_executed_while_a_group_is_undecided(
    backup: BackupSet, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(backup, target)
    preview(restore)

    with pytest.raises(InvalidInputs, match="undecided"):
        execute_restore(restore)

    assert (both(restore), writes_to(simulator, target)) == (("previewed", "queued", "pending"), [])


def test_of_two_executions_at_once_one_wins(app: Flask, previewed: Restore, simulator: Simulator) -> None:
    answers: list[str] = []

    def press() -> None:
        with app.app_context():
            inputs = {"restore_run_id": previewed.id}
            try:
                started = start("restore.execute", actor=SYSTEM, tenant_id=previewed.tenant_id, inputs=inputs)
            except InvalidInputs:  # a thread that is too late gets this answer
                answers.append("complete")
                return
            answers.append(started.answer)
            execute(started.run.id)
            db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count("created") == 1
    assert both(previewed) == ("completed", "completed", "succeeded")
    assert len(held(simulator, target_of(previewed), "deviceShellScripts")) == 1


def target_of(restore: Restore) -> Tenant:
    return get_tenant(restore.tenant_id)


def test_a_run_that_was_given_up_on_writes_nothing_any_more(
    previewed: Restore, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker slept so long that another execution has started. When it wakes up, it must not write."""

    def lose() -> None:
        service.finish(adapter_of(previewed).id, Outcome.FAILED, actor=Actor.worker("housekeeping"))

    edit_while(monkeypatch, lose)

    execute_restore(previewed)

    assert writes_to(simulator, target_of(previewed)) == []
    assert {item.state for item in items_of(previewed)} == {"pending"}


def test_a_run_that_does_not_have_the_restore_cannot_announce_a_write(previewed: Restore) -> None:
    item, stranger = items_of(previewed)[0], ItemLog(previewed.id, 999_999)

    with pytest.raises(OperationFailed, match=r"restore\.taken_over"):
        stranger.announce(item.id, [])

    assert items_of(previewed)[0].state == "pending"


def test_an_untouched_draft_is_found_again(backup: BackupSet, target: Tenant) -> None:
    first, second = create_draft(target, backup, SYSTEM), create_draft(target, backup, SYSTEM)
    choose_items(first, add=[])

    assert first.id == second.id


@pytest.mark.parametrize("key", ["restore.preview", "restore.execute"])
def test_the_restore_of_another_tenant_does_not_exist(previewed: Restore, source: Tenant, key: str) -> None:
    with pytest.raises(InvalidInputs, match="no such restore"):
        start(key, actor=SYSTEM, tenant_id=source.id, inputs={"restore_run_id": previewed.id})


@pytest.mark.parametrize("inputs", [{}, {"restore_run_id": "1"}, {"restore_run_id": 0}, {"x": 1}])
def test_wrong_inputs_are_named(target: Tenant, inputs: dict[str, object]) -> None:
    with pytest.raises(InvalidInputs):
        start("restore.preview", actor=SYSTEM, tenant_id=target.id, inputs=inputs)


def test_an_operator_may_not_restore(previewed: Restore, target: Tenant) -> None:
    user = make_member(target, Role.OPERATOR)

    with pytest.raises(NotAllowed):
        execute_restore(previewed, user)


def test_a_second_preview_at_once_is_the_same_run(draft: Restore) -> None:
    inputs: dict[str, object] = {"restore_run_id": draft.id}
    first = start("restore.preview", actor=SYSTEM, tenant_id=draft.tenant_id, inputs=inputs)
    second = start("restore.preview", actor=SYSTEM, tenant_id=draft.tenant_id, inputs=inputs)

    assert (first.answer, second.answer, second.run.id) == ("created", "active", first.run.id)
