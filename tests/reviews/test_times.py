"""A pack says when it was requested and when it last changed, on both engines (R46)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import transaction, utcnow
from ops_admin.reviews import storage
from ops_admin.reviews.housekeeping import date_old_packs, expire_review_packs
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.queries import ReviewPack, find_pack
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome, Status
from tests.reviews.making import make_ready_pack, pack_of, queue_pack
from tests.support.clients import ConsoleClient
from tests.support.factories import WORKER
from tests.support.periodic import run_periodic


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_a_new_pack_was_asked_for_now(tenant: Tenant) -> None:
    before = utcnow()
    pack = pack_of(queue_pack(tenant))

    assert before <= created(pack) <= changed(pack) <= utcnow()


def test_every_change_is_dated(tenant: Tenant) -> None:
    run = queue_pack(tenant)
    times = [changed(pack_of(run))]
    for change in changes_of(run):
        change()
        times.append(changed(pack_of(run)))
    assert times == sorted(set(times))


def test_the_time_at_which_it_was_asked_for_never_changes(tenant: Tenant) -> None:
    run = queue_pack(tenant)
    first = created(pack_of(run))
    for change in changes_of(run):
        change()
    assert created(pack_of(run)) == first


def test_expiry_is_dated(tenant: Tenant) -> None:
    pack = make_ready_pack(tenant, lifetime=timedelta(seconds=-1))
    expire_review_packs()
    assert changed(pack_of(get_run(pack.operation_run_id))) > changed(pack)


def test_an_old_pack_gets_the_time_of_its_run(tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    undate(pack)

    assert date_old_packs() == 1

    run = get_run(pack.operation_run_id)
    assert created(pack_of(run)) == run.created_at
    assert changed(pack_of(run)) == pack.generated_at


def test_an_old_pack_without_its_run_gets_the_time_at_which_it_was_generated(tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    undate(pack, operation_run_id=pack.operation_run_id + 1000)

    date_old_packs()

    found = stored(pack)
    assert (found.created_at, found.updated_at) == (pack.generated_at, pack.generated_at)


def test_an_old_pack_of_which_nobody_knows_more_stays_undated(tenant: Tenant) -> None:
    known, unknown = make_ready_pack(tenant), pack_of(finish_badly(queue_pack(tenant)))
    undate(known)
    undate(unknown, operation_run_id=unknown.operation_run_id + 1000)

    assert date_old_packs() == 1
    assert date_old_packs() == 0
    assert stored(unknown).created_at is None


def test_all_old_packs_are_dated_in_batches(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_admin.reviews.housekeeping.BATCH", 2)
    for pack in [make_ready_pack(tenant) for _ in range(5)]:
        undate(pack)
    assert date_old_packs() == 5


def test_a_pack_that_changed_meanwhile_keeps_the_time_of_that(tenant: Tenant) -> None:
    pack = make_ready_pack(tenant, lifetime=timedelta(seconds=-1))
    undate(pack)
    expire_review_packs()
    expired_at = changed(pack_of(get_run(pack.operation_run_id)))

    date_old_packs()

    assert changed(pack_of(get_run(pack.operation_run_id))) == expired_at


def test_housekeeping_dates_old_packs_by_itself(tenant: Tenant) -> None:
    pack = make_ready_pack(tenant)
    undate(pack)
    run_periodic("review_packs.date")
    assert stored(pack).created_at is not None


def test_the_page_says_when_a_pack_without_a_file_was_asked_for(
    client: ConsoleClient, tenant: Tenant, operator: User
) -> None:
    run = finish_badly(queue_pack(tenant))
    client.sign_in(operator.email)
    said = rf'Requested\s+<time[^>]+datetime="{created(pack_of(run)):%Y-%m-%dT%H:%M:%S}'
    for path in (f"/tenants/{tenant.id}/review-packs", f"/tenants/{tenant.id}"):
        assert re.search(said, client.get(path).text), path


def test_the_page_of_an_undated_pack_says_nothing_of_it(client: ConsoleClient, tenant: Tenant, operator: User) -> None:
    run = finish_badly(queue_pack(tenant))
    undate(pack_of(run))
    client.sign_in(operator.email)
    page = client.get(f"/tenants/{tenant.id}/review-packs")
    assert page.status_code == 200
    assert "Requested" not in page.text


def changes_of(run: Run) -> list[Callable[[], object]]:
    """Return everything that can happen to a pack between its start and its end."""
    pack_id = pack_of(run).id
    now = utcnow()
    file = storage.PackFile(size=5, summary={}, generated_at=now, expires_at=now)
    return [
        lambda: service.claim(run, WORKER),
        lambda: service.requeue(get_run(run.id), WORKER, {"seconds": 1}),
        lambda: service.claim(run, WORKER),
        lambda: storage.announce_file(pack_id, "local", "a.zip"),
        lambda: storage.record_file(pack_id, file),
        lambda: service.finish(run.id, Outcome.FAILED, actor=WORKER),
        lambda: storage.forget_file(pack_id),
    ]


def finish_badly(run: Run) -> Run:
    service.finish(run.id, Outcome.CANCELLED, actor=Actor.system(), expect=[Status.QUEUED])
    return get_run(run.id)


def undate(pack: ReviewPack, **values: object) -> None:
    """Turn it into a pack of an earlier version, without times."""
    with transaction() as session:
        times = {"created_at": None, "updated_at": None}
        session.execute(update(DbReviewPack).where(DbReviewPack.id == pack.id).values({**times, **values}))


def stored(pack: ReviewPack) -> ReviewPack:
    found = find_pack(pack.tenant_id, pack.id)
    assert found is not None
    return found


def created(pack: ReviewPack) -> datetime:
    assert pack.created_at is not None
    return pack.created_at


def changed(pack: ReviewPack) -> datetime:
    assert pack.updated_at is not None
    return pack.updated_at
