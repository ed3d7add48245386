"""A failure while a pack is made ends with a stable code, and leaves nothing half-written (R7, R46)."""

import errno
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.reviews import housekeeping
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.report.bundle import write_bundle
from ops_admin.reviews.report.document import write_report
from ops_admin.reviews.states import PackStatus
from ops_admin.runs import service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Failure
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.intune.making import add_version, make_policies, make_policy
from tests.reviews.making import KEY, generate, pack_of, read_rows, report_of, settings
from tests.support.factories import make_run


def files() -> list[str]:
    """Return all files on the local disk."""
    return [path.name for path in (settings().data_dir / "files").rglob("*") if path.is_file()]


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_disk_that_runs_full_leaves_no_file(
    tenant: Tenant, own_temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_policies(tenant, 3)

    def run_full(_source: Any, target: Any) -> None:
        target.write(b"the first half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ops_admin.reviews.report.bundle.shutil.copyfileobj", run_full)

    run = generate(tenant)

    assert (run.outcome, [failure.code for failure in run.failures]) == (Outcome.FAILED, ["disk.unavailable"])
    pack = pack_of(run)
    assert (pack.status, pack.summary, pack.file_size) == (PackStatus.FAILED, {"reason": "disk.unavailable"}, None)
    assert (files(), list(own_temporary_folder.iterdir())) == ([], [])


def test_a_disk_that_is_no_folder_is_called_by_its_name(tenant: Tenant) -> None:
    (settings().data_dir / "files").write_text("in the way")

    run = generate(tenant)

    assert [failure.code for failure in run.failures] == ["disk.unavailable"]


def test_a_worker_without_room_for_temporary_files_says_so(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null/nowhere")

    run = generate(tenant)

    assert [failure.code for failure in run.failures] == ["review_pack.no_space"]
    assert pack_of(run).status == PackStatus.FAILED


def test_a_version_that_cannot_be_read_makes_the_pack_partial_and_is_told(tenant: Tenant) -> None:
    whole, broken = make_policy(tenant, "Whole"), make_policy(tenant, "Broken")
    add_version(tenant, whole, {"description": "new"})
    break_next_version(broken)

    run = generate(tenant, sections=["changes"])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [(failure.code, failure.count) for failure in run.failures] == [("review_pack.unreadable_record", 1)]
    pack = pack_of(run)
    assert (pack.status, pack.summary["changed"]) == (PackStatus.READY, 2)
    assert "Description" in [row["setting"] for row in read_rows(pack, "changes") if row["policy"] == "Whole"]
    assert "1 version could not be read and compared" in report_of(pack)


def break_next_version(policy_id: int) -> None:
    values = {"policy_id": policy_id, "number": 2, "content": [], "content_hash": "f" * 64, "content_bytes": 2}
    with transaction() as session:
        session.execute(insert(DbPolicyVersion).values(**values, captured_at=utcnow()))
        session.execute(update(DbPolicy).where(DbPolicy.id == policy_id).values(current_version=2, changed_at=utcnow()))


def test_assignments_that_cannot_be_read_are_unknown_and_told(tenant: Tenant) -> None:
    make_policy(tenant, "Whole")
    policy_id = make_policy(tenant, "Broken")
    with transaction() as session:
        broken = update(DbPolicyVersion).where(DbPolicyVersion.policy_id == policy_id)
        session.execute(broken.values(assignments=[{"target": "nobody"}]))

    run = generate(tenant, sections=["assignments"])

    assert [failure.code for failure in run.failures] == ["review_pack.unreadable_record"]
    assert {row["coverage"] for row in read_rows(pack_of(run), "assignments")} == {"never_fetched"}


def test_a_version_whose_predecessor_was_deleted_is_not_compared_with_a_guess(tenant: Tenant) -> None:
    policy_id = make_policy(tenant)
    add_version(tenant, policy_id, {"description": "new"})
    with transaction() as session:
        first = session.scalars(select(DbPolicyVersion).filter_by(policy_id=policy_id, number=1)).one()
        session.delete(first)

    run = generate(tenant, sections=["changes"])

    assert run.outcome == Outcome.SUCCEEDED
    [row] = read_rows(pack_of(run), "changes")
    assert (row["event"], row["compared_with"], row["setting"]) == ("changed", None, None)


def test_a_run_whose_pack_is_gone_says_so(tenant: Tenant) -> None:
    run = make_run(tenant, type=KEY)

    execute(run.id)

    db.session.rollback()
    assert [failure.code for failure in get_run(run.id).failures] == ["review_pack.record_missing"]


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """End the run between writing the report and writing the zip."""

    def write_and_lose(folder: Path, cover: Any, sections: Any) -> None:
        write_report(folder, cover, sections)
        service.finish(cover.run_id, Outcome.FAILED, actor=Actor.worker("System"), recorded=[Failure("worker.stopped")])

    monkeypatch.setattr("ops_admin.reviews.operations.write_report", write_and_lose)


@pytest.mark.usefixtures("interrupted")
def test_a_worker_that_was_given_up_writes_nothing_any_more(tenant: Tenant) -> None:
    run = generate(tenant)

    assert (pack_of(run).status, pack_of(run).file_path, files()) == (PackStatus.FAILED, None, [])


def test_a_worker_given_up_while_it_writes_takes_its_file_away(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_lose(target: Any, folder: Path, facts: dict[str, Any], at: Any) -> None:
        write_bundle(target, folder, facts, at)
        service.finish(facts["run"], Outcome.FAILED, actor=Actor.worker("System"), recorded=[Failure("worker.stopped")])

    monkeypatch.setattr("ops_admin.reviews.operations.write_bundle", write_and_lose)

    run = generate(tenant)

    assert (pack_of(run).status, files()) == (PackStatus.FAILED, [])


def test_a_crash_after_the_file_leaves_it_to_housekeeping(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(KEY, actor=Actor.system(), tenant_id=tenant.id).run

    class Killed(BaseException):
        """The process was killed."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("ops_admin.reviews.storage.record_file", die)
    with pytest.raises(Killed):
        execute(run.id)
    db.session.rollback()
    assert (pack_of(run).status, len(files())) == (PackStatus.GENERATING, 1)

    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("System"), recorded=[Failure("worker.stopped")])
    assert housekeeping.expire_review_packs() == 1

    pack = pack_of(run)
    assert (pack.status, pack.file_path, files()) == (PackStatus.FAILED, None, [])


def test_a_cancel_is_heard_while_a_pack_is_made(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_cancel(folder: Path, cover: Any, sections: Any) -> None:
        write_report(folder, cover, sections)
        service.request_cancel(cover.run_id, Actor.worker("Ada"))

    monkeypatch.setattr("ops_admin.reviews.operations.write_report", write_and_cancel)
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_STOP_CHECKS", 0)

    run = generate(tenant)

    assert (run.outcome, pack_of(run).status, files()) == (Outcome.CANCELLED, PackStatus.FAILED, [])


def test_the_database_refuses_a_ready_pack_without_a_file(tenant: Tenant) -> None:
    from sqlalchemy.exc import IntegrityError

    run = generate(tenant)
    for broken in ({"file_path": None, "file_disk": None}, {"file_size": None}, {"status": "splendid"}):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(update(DbReviewPack).values(**broken))
    assert json.dumps(pack_of(run).summary)
