"""A pack and its run are created together and never disagree, on both engines (R23, R46)."""

import pytest

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.reviews import storage
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.states import PackStatus
from ops_admin.runs import service, tasks
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Failure
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome, Status
from tests.intune.synced import count
from tests.reviews.making import KEY, begin_pack, finish_pack, generate, pack_of, queue_pack
from tests.support.factories import WORKER


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)


@BOTH
def test_a_start_writes_pack_and_run_together(tenant: Tenant, operator: User) -> None:
    started = start(KEY, actor=Actor.user(operator), tenant_id=tenant.id, inputs={"options": {"days": 7}})

    pack = pack_of(started.run)
    assert (started.answer, pack.status, pack.options.days) == ("created", PackStatus.QUEUED, 7)
    assert (pack.workspace_id, pack.tenant_id, pack.initiator_name) == (
        tenant.workspace_id,
        tenant.id,
        operator.display_name,
    )
    assert get_run(started.run.id).context["review_pack_id"] == pack.id


@BOTH
def test_a_second_start_finds_the_active_run_and_writes_no_second_pack(tenant: Tenant, operator: User) -> None:
    first = start(KEY, actor=Actor.user(operator), tenant_id=tenant.id)
    again = start(KEY, actor=Actor.system(), tenant_id=tenant.id, inputs={"options": {"days": 30}})
    other = start(KEY, actor=Actor.user(operator), tenant_id=tenant.id, inputs={"options": {"days": 31}})

    assert (again.answer, again.run.id, other.answer) == ("active", first.run.id, "created")
    assert count(DbReviewPack) == 2


@BOTH
def test_a_pack_follows_its_run_to_the_end(tenant: Tenant) -> None:
    run = begin_pack(tenant)
    assert pack_of(run).status == PackStatus.GENERATING

    pack = finish_pack(run)

    assert (pack.status, pack.file_size) == (PackStatus.READY, 2)


@BOTH
def test_what_is_generated_is_ready(tenant: Tenant, operator: User) -> None:
    run = generate(tenant, operator)

    assert (run.outcome, pack_of(run).status) == (Outcome.SUCCEEDED, PackStatus.READY)


@SQLITE
def test_a_pack_is_not_offered_before_its_run_has_ended(tenant: Tenant) -> None:
    run = begin_pack(tenant)
    pack = pack_of(run)
    storage.announce_file(pack.id, "local", "review-packs/1/1.zip")

    assert pack_of(run).status == PackStatus.GENERATING


@BOTH
def test_a_run_that_loses_its_worker_takes_the_pack_along(tenant: Tenant) -> None:
    run = begin_pack(tenant)

    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("System"), recorded=[Failure("worker.stopped")])

    pack = pack_of(run)
    assert (pack.status, pack.summary) == (PackStatus.FAILED, {"reason": "worker.stopped"})


@SQLITE
def test_a_run_that_is_cancelled_in_the_queue_takes_the_pack_along(tenant: Tenant) -> None:
    run = queue_pack(tenant)

    service.request_cancel(run.id, Actor.worker("Ada"))

    pack = pack_of(run)
    assert (pack.status, pack.summary) == (PackStatus.FAILED, {"reason": "cancelled"})


@SQLITE
def test_a_run_that_cannot_be_queued_takes_the_pack_along(
    tenant: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_run_id: int) -> None:
        raise ConnectionError("the queue is away")

    monkeypatch.setattr(tasks, "run_operation", refuse)

    started = start(KEY, actor=Actor.user(operator), tenant_id=tenant.id)

    assert (started.answer, pack_of(started.run).status) == ("failed", PackStatus.FAILED)


@SQLITE
def test_nothing_is_left_of_a_start_with_wrong_options(tenant: Tenant, operator: User) -> None:
    with pytest.raises(InvalidInputs):
        start(KEY, actor=Actor.user(operator), tenant_id=tenant.id, inputs={"options": {"days": 0}})

    assert count(DbReviewPack) == 0


@SQLITE
def test_an_end_without_a_file_is_a_failure_whatever_the_run_says(tenant: Tenant) -> None:
    run = begin_pack(tenant)

    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)

    assert pack_of(run).status == PackStatus.FAILED


@SQLITE
def test_a_pack_that_has_ended_stays_as_it_is(tenant: Tenant) -> None:
    pack = finish_pack(begin_pack(tenant))
    storage.begin_generating(pack.operation_run_id)
    storage.fail_pack(pack.operation_run_id, "late")

    assert not storage.announce_file(pack.id, "local", "elsewhere.zip")
    assert pack_of(get_run(pack.operation_run_id)) == pack


@SQLITE
def test_the_change_of_a_run_that_is_undone_is_undone_for_its_pack(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = queue_pack(tenant)

    def stumble(*_: object) -> None:
        raise RuntimeError("after the pack was changed")

    with pytest.raises(RuntimeError), db.transaction():
        service.claim(run, WORKER)
        stumble()

    assert (get_run(run.id).status, pack_of(run).status) == (Status.QUEUED, PackStatus.QUEUED)
