"""A restore's run waits through edits and new previews; only a person or the execution ends it (R2, R28, R43)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db, transaction
from ops_admin.intune.restore import lifecycle
from ops_admin.intune.restore.drafting import choose_items, discard
from ops_admin.intune.restore.lifecycle import complete_preview
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.notifications.queries import Notification, inbox
from ops_admin.runs import dispatch, service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import Scope, active_runs, get_run, transitions_of
from ops_admin.runs.worker import reconciler
from ops_admin.runs.worker.execution import execute
from tests.intune.restore.restoring import (
    both_engines,
    fresh,
    items_of,
    make_backup,
    make_restore,
    preview,
    without_assignments,
)
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

pytestmark = both_engines
Change = Callable[[Restore], object]


def make_manager(target: Tenant, source: Tenant) -> User:
    user = make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.READONLY)
    return user


@pytest.fixture
def ada(target: Tenant, source: Tenant) -> User:
    """The user who previews."""
    return make_manager(target, source)


@pytest.fixture
def bob(target: Tenant, source: Tenant) -> User:
    """Another user who may restore."""
    return make_manager(target, source)


@pytest.fixture
def previewed(source: Tenant, target: Tenant, ada: User) -> Restore:
    types = ["deviceShellScripts", "roleDefinitions"]
    restore = without_assignments(make_restore(make_backup(source, types=types), target))
    preview(restore, ada)
    return fresh(restore)


def run_of(restore: Restore) -> Run:
    found = fresh(restore)
    assert found.operation_run_id is not None
    return get_run(found.operation_run_id)


def waiting_runs(restore: Restore) -> list[int]:
    scope = Scope(frozenset({restore.tenant_id}), frozenset())
    return [run.id for run in active_runs(scope) if run.awaits_decision]


def edit(restore: Restore) -> bool:
    return choose_items(restore, remove=[items_of(restore)[0].backup_item_id])


def press(restore: Restore, user: User) -> Started:
    inputs: dict[str, object] = {"restore_run_id": restore.id}
    return start("restore.execute", actor=Actor.user(user), tenant_id=restore.tenant_id, inputs=inputs)


def told_of(run: Run, user: User) -> list[Notification]:
    return [each for each in inbox(user.id).rows if each.operation_run_id == run.id]


def test_an_edit_makes_it_a_draft_whose_run_goes_on_waiting(previewed: Restore, ada: User) -> None:
    run = run_of(previewed)

    assert edit(previewed)

    assert (fresh(previewed).status, fresh(previewed).is_previewed) == ("draft", False)
    assert run_of(previewed) == run
    assert told_of(run, ada) == []


def test_a_new_preview_keeps_the_run(previewed: Restore, ada: User, bob: User) -> None:
    run = run_of(previewed)

    edit(previewed)
    preview(previewed, bob)
    preview(previewed, ada)

    assert fresh(previewed).status == "previewed"
    assert run_of(previewed) == run
    assert waiting_runs(previewed) == [run.id]
    assert told_of(run, ada) == told_of(run, bob) == []


def test_a_draft_is_executed_by_nobody_although_its_run_waits(
    previewed: Restore, ada: User, client: ConsoleClient
) -> None:
    run = run_of(previewed)
    edit(previewed)
    client.sign_in(ada.email)

    with pytest.raises(InvalidInputs, match="Preview this restore first"):
        press(previewed, ada)
    page = f"/tenants/{previewed.tenant_id}/restores/{previewed.id}"
    assert client.post(f"{page}/execute", headers={"Accept": "application/json"}).status_code == 409
    again = client.post(f"/operations/{run.id}/start-again", headers={"Accept": "application/json"})
    assert again.status_code == 409

    assert (fresh(previewed).status, run_of(previewed)) == ("draft", run)


@pytest.mark.parametrize("change", [edit, lambda _: None], ids=["draft", "previewed"])
def test_no_worker_takes_the_run_before_somebody_has_decided(previewed: Restore, change: Change) -> None:
    """No entry point writes a message for it, and a stray one must not start anything either."""
    change(previewed)
    run = run_of(previewed)

    execute(run.id)

    assert run_of(previewed) == run


def test_what_was_previewed_again_is_executed_by_that_run(previewed: Restore, bob: User) -> None:
    run = run_of(previewed)
    edit(previewed)
    preview(previewed)

    started = press(previewed, bob)
    execute(started.run.id)

    assert started.run.id == run.id
    assert (run_of(previewed).outcome, fresh(previewed).status) == ("succeeded", "completed")
    assert [each.title for each in told_of(run, bob)] == ["Restore: Completed"]


def test_housekeeping_leaves_the_run_of_a_draft_alone_however_old_it_is(previewed: Restore) -> None:
    edit(previewed)
    run = run_of(previewed)
    with transaction() as session:
        long_ago = {"then": str(run.updated_at - timedelta(days=200))[:19]}
        session.execute(text("update operation_runs set updated_at = :then, created_at = :then"), long_ago)

    [finding] = [each for each in reconciler.findings(run.workspace_id) if each.run.id == run.id]

    assert lifecycle.mirrored(run).state == "waiting"
    assert not finding


@pytest.mark.parametrize("change", [edit, lambda _: None], ids=["draft", "previewed"])
def test_who_discards_it_cancels_its_run(previewed: Restore, bob: User, ada: User, change: Change) -> None:
    change(previewed)
    run = run_of(previewed)

    assert discard(previewed, Actor.user(bob))

    assert (fresh(previewed).status, get_run(run.id).outcome) == ("cancelled", "cancelled")
    assert transitions_of(run.id)[-1].actor_id == bob.id
    assert waiting_runs(previewed) == []


def test_who_discards_their_own_has_one_notification_and_it_is_read(previewed: Restore, ada: User) -> None:
    run = run_of(previewed)

    discard(previewed, Actor.user(ada))

    assert [(each.title, each.read_at is not None) for each in told_of(run, ada)] == [("Restore: Cancelled", True)]


def test_whose_restore_somebody_else_discards_is_told_once(previewed: Restore, ada: User, bob: User) -> None:
    run = run_of(previewed)

    discard(previewed, Actor.user(bob))

    assert [(each.title, each.read_at) for each in told_of(run, ada)] == [("Restore: Cancelled", None)]
    assert told_of(run, bob) == []


def test_cancelling_the_waiting_run_of_a_draft_discards_the_draft(previewed: Restore, bob: User) -> None:
    edit(previewed)

    service.request_cancel(run_of(previewed).id, Actor.user(bob))

    assert (fresh(previewed).status, fresh(previewed).is_executable) == ("cancelled", False)
    with pytest.raises(InvalidInputs, match="discarded"):
        press(previewed, bob)
    with pytest.raises(InvalidInputs, match="discarded"):
        preview(previewed)


def test_a_preview_whose_restore_is_discarded_meanwhile_prepares_nothing(previewed: Restore, ada: User) -> None:
    inputs: dict[str, object] = {"restore_run_id": previewed.id}
    looking = start("restore.preview", actor=Actor.user(ada), tenant_id=previewed.tenant_id, inputs=inputs).run
    service.request_cancel(run_of(previewed).id, Actor.user(ada))

    assert not complete_preview(previewed.id, previewed.revision, looking.id, Actor.user(ada))

    assert (fresh(previewed).status, waiting_runs(previewed)) == ("cancelled", [])


def test_a_preview_that_dies_at_its_end_changes_neither_restore_nor_run(
    previewed: Restore, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(previewed)
    edit(previewed)
    monkeypatch.setattr(dispatch, "prepare", die)

    preview(previewed, ada)

    assert (fresh(previewed).status, run_of(previewed)) == ("draft", run)


def die(*_: object, **__: object) -> Run:
    raise SystemError("the process is killed here")


def test_of_an_edit_and_a_press_at_once_one_wins(app: Flask, previewed: Restore, bob: User) -> None:
    """What is executed is what was previewed: whoever comes second is refused."""
    refused: list[type[Exception]] = []
    moves: list[Callable[[], object]] = [lambda: press(previewed, bob), lambda: edit(previewed)]
    at_once = threading.Barrier(2)

    def act(move: Callable[[], object]) -> None:
        with app.app_context():
            at_once.wait()
            try:
                move()
            except (InvalidInputs, NotEditable) as error:
                refused.append(type(error))
            db.session.remove()

    threads = [threading.Thread(target=act, args=(move,)) for move in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    expected = "draft" if refused == [InvalidInputs] else "queued"
    assert len(refused) == 1
    assert fresh(previewed).status == expected
    assert run_of(previewed).awaits_decision is (expected == "draft")
