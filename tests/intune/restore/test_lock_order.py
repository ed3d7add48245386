"""A restore that is changed while its run ends: one waits for the other, and neither is a deadlock (PostgreSQL)."""

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
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.runs import service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from tests.intune.restore.restoring import SYSTEM, fresh, items_of, make_backup, make_restore, preview, skip_groups


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def previewed(source: Tenant, target: Tenant) -> Restore:
    restore = skip_groups(make_restore(make_backup(source, types=["deviceShellScripts"]), target))
    preview(restore)
    return fresh(restore)


def preview_again(restore: Restore) -> object:
    try:
        return start(
            "restore.preview", actor=SYSTEM, tenant_id=restore.tenant_id, inputs={"restore_run_id": restore.id}
        )
    except InvalidInputs as refused:
        return refused


def edit(restore: Restore) -> object:
    try:
        return choose_items(restore, remove=[items_of(restore)[0].backup_item_id], actor=SYSTEM)
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


def cancel(app: Flask, restore: Restore) -> None:
    with app.app_context():
        assert restore.operation_run_id is not None
        service.request_cancel(restore.operation_run_id, Actor.worker("Somebody"))
        db.session.remove()


def wait_for_somebody_who_waits() -> None:
    """Until another session waits for what this one's transaction holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    deadline = time.monotonic() + 60
    with transaction() as session:
        while not session.execute(waiting).scalar_one():
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.02)
