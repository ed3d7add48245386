"""A restore that is changed while its run ends: one waits for the other, without a deadlock (PostgreSQL)."""

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, transaction
from ops_admin.intune.restore import lifecycle
from ops_admin.intune.restore.drafting import choose_items, discard
from ops_admin.intune.restore.inputs import RESTORE_ID
from ops_admin.intune.restore.lifecycle import complete_preview
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.runs import service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from ops_admin.runs.worker.execution import execute
from tests.intune.restore.restoring import (
    SYSTEM,
    fresh,
    items_of,
    make_backup,
    make_restore,
    preview,
    without_assignments,
)


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def previewed(source: Tenant, target: Tenant) -> Restore:
    restore = without_assignments(make_restore(make_backup(source, types=["deviceShellScripts"]), target))
    preview(restore)
    return fresh(restore)


def preview_again(restore: Restore) -> object:
    try:
        return start("restore.preview", actor=SYSTEM, tenant_id=restore.tenant_id, inputs={RESTORE_ID: restore.id})
    except InvalidInputs as refused:
        return refused


def edit(restore: Restore) -> object:
    try:
        return choose_items(restore, remove=[items_of(restore)[0].backup_item_id])
    except NotEditable as refused:
        return refused


def throw_away(restore: Restore) -> object:
    return discard(restore, SYSTEM)


@pytest.mark.parametrize("change", [preview_again, edit, throw_away])
def test_a_change_waits_for_a_cancel_that_has_begun(
    app: Flask, previewed: Restore, monkeypatch: pytest.MonkeyPatch, change: Callable[[Restore], object]
) -> None:
    cancelling, answers, real = threading.Event(), list[object](), lifecycle._follow

    def follow(*args: object) -> None:
        if threading.current_thread().name == "canceller":
            cancelling.set()
            wait_for_somebody_who_waits()
        real(*args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(lifecycle, "_follow", follow)
    canceller = threading.Thread(target=cancel, args=(app, previewed), name="canceller")
    canceller.start()
    assert cancelling.wait(60)
    answers.append(change(previewed))
    canceller.join()

    assert isinstance(answers[0], InvalidInputs | NotEditable) or answers == [False]
    assert fresh(previewed).status == "cancelled"


def test_the_end_of_a_preview_waits_for_a_cancel_that_has_begun(
    app: Flask, previewed: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier preview's run is cancelled while another one ends.

    Both change the restore, locking in the same order.
    """
    looking = start("restore.preview", actor=SYSTEM, tenant_id=previewed.tenant_id, inputs={RESTORE_ID: previewed.id})
    cancelling, real = threading.Event(), lifecycle._follow

    def follow(*args: object) -> None:
        cancelling.set()
        wait_for_somebody_who_waits()
        real(*args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(lifecycle, "_follow", follow)
    canceller = threading.Thread(target=cancel, args=(app, previewed))
    canceller.start()
    assert cancelling.wait(60)

    assert not complete_preview(previewed.id, previewed.revision, looking.run.id, SYSTEM)
    canceller.join()
    assert fresh(previewed).status == "cancelled"


def test_a_press_that_meets_a_cancel_begins_a_run_of_its_own(
    app: Flask, previewed: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prepared run is found, but somebody cancels it before it is taken. Nothing may depend on it."""
    real = lock_restore

    def lock(*args: object) -> object:
        monkeypatch.setattr(lifecycle, "lock_restore", real)
        canceller = threading.Thread(target=cancel, args=(app, previewed))
        canceller.start()
        canceller.join()
        return real(*args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(lifecycle, "lock_restore", lock)
    started = start("restore.execute", actor=SYSTEM, tenant_id=previewed.tenant_id, inputs={RESTORE_ID: previewed.id})

    assert (started.answer, started.run.id) == ("created", fresh(previewed).operation_run_id)
    assert started.run.id != previewed.operation_run_id
    execute(started.run.id)
    assert fresh(previewed).status == "completed"


def cancel(app: Flask, restore: Restore) -> None:
    with app.app_context():
        assert restore.operation_run_id is not None
        service.request_cancel(restore.operation_run_id, Actor.worker("Somebody"))
        db.session.remove()


def wait_for_somebody_who_waits() -> None:
    """Wait until another session is blocked by this one's transaction."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    deadline = time.monotonic() + 60
    with transaction() as session:
        while not session.execute(waiting).scalar_one():
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.02)
