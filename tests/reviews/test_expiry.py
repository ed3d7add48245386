"""Expiry removes the file and keeps the row (R46, R48)."""

from datetime import timedelta

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage.local import LocalDisk
from ops_admin.reviews.housekeeping import expire_review_packs
from ops_admin.reviews.operations import LIFETIME
from ops_admin.reviews.queries import ReviewPack
from ops_admin.reviews.states import PackStatus
from ops_admin.runs.queries import get_run
from tests.reviews.making import disk, generate, make_ready_pack, pack_of
from tests.support.periodic import run_periodic

PAST = timedelta(seconds=-1)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def again(pack: ReviewPack) -> ReviewPack:
    return pack_of(get_run(pack.operation_run_id))


def test_an_expired_pack_loses_its_file_and_keeps_its_row(tenant: Tenant) -> None:
    due, kept = make_ready_pack(tenant, lifetime=PAST), make_ready_pack(tenant)

    assert expire_review_packs() == 1

    expired = again(due)
    assert (expired.status, expired.file_path, expired.summary) == (PackStatus.EXPIRED, None, due.summary)
    assert (expired.file_size, expired.generated_at) == (due.file_size, due.generated_at)
    assert again(kept) == kept
    assert (disk().exists(str(due.file_path)), disk().exists(str(kept.file_path))) == (False, True)


def test_expiring_again_changes_nothing(tenant: Tenant) -> None:
    due = make_ready_pack(tenant, lifetime=PAST)
    expire_review_packs()
    expired = again(due)

    assert expire_review_packs() == 0
    assert again(due) == expired


def test_a_file_that_is_gone_already_does_not_stop_the_others(tenant: Tenant) -> None:
    due = make_ready_pack(tenant, lifetime=PAST)
    disk().delete(str(due.file_path))

    assert expire_review_packs() == 1
    assert again(due).file_path is None


def test_a_disk_that_does_not_answer_is_tried_again(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    due = make_ready_pack(tenant, lifetime=PAST)

    def fail(_self: LocalDisk, _path: str) -> None:
        from ops_admin.infra.file_storage.disks import DiskUnavailable

        raise DiskUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(LocalDisk, "delete", fail)
        assert expire_review_packs() == 0
    assert (again(due).status, again(due).file_path) == (PackStatus.EXPIRED, due.file_path)

    assert expire_review_packs() == 1


def test_a_pack_is_kept_for_thirty_days(tenant: Tenant) -> None:
    pack = pack_of(generate(tenant))

    assert expire_review_packs(utcnow() + LIFETIME - timedelta(minutes=1)) == 0
    assert expire_review_packs(utcnow() + LIFETIME) == 1
    assert again(pack).status == PackStatus.EXPIRED


def test_the_workers_do_it_by_themselves(tenant: Tenant) -> None:
    due = make_ready_pack(tenant, lifetime=PAST)

    run_periodic("review_packs.expire")

    assert again(due).status == PackStatus.EXPIRED
