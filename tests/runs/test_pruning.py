"""Retention deletes what is old, and nothing that is active or referred to (R48)."""

import re
import threading
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import insert, inspect, text, update
from sqlalchemy.exc import OperationalError

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbSignIn
from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.config import InvalidSetting, Settings
from ops_admin.features import Retention
from ops_admin.infra.database import Base, db, transaction, utcnow
from ops_admin.infra.extensions import huey
from ops_admin.intune.policies.models import DbPolicyVersion, DbSelection
from ops_admin.intune.policies.selections import keep_selection, read_selection
from ops_admin.notifications.models import DbNotification
from ops_admin.notifications.queries import inbox
from ops_admin.notifications.reading import mark_all_read
from ops_admin.reviews.models import DbReviewPack
from ops_admin.runs import old_run_queries, queries, service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.models import DbOperationRun, DbOperationRunTransition
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution, pruning
from tests.support.clients import ConsoleClient
from tests.support.factories import (
    WORKER,
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_workspace,
    sign_in,
)
from tests.support.pages import World, make_world

pytestmark = pytest.mark.usefixtures("app_context")

LONG_AGO = timedelta(days=100)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def aged(run: Run, age: timedelta = LONG_AGO) -> Run:
    """Move the whole life of a run into the past."""
    return aged_all([run], age)[0]


def aged_all(runs: list[Run], age: timedelta = LONG_AGO) -> list[Run]:
    then = utcnow() - age
    of_these = DbOperationRun.id.in_([run.id for run in runs])
    life = {"created_at": then, "started_at": then, "updated_at": then}
    with transaction() as session:
        session.execute(update(DbOperationRun).where(of_these).values(life))
        ended = of_these & DbOperationRun.completed_at.is_not(None)
        session.execute(update(DbOperationRun).where(ended).values(completed_at=then))
    return [queries.get_run(run.id) for run in runs]


def prune(tenant: Tenant, days: int = 30) -> Run:
    """Start pruning in the tenant's workspace and execute it."""
    started = pruning.start_prune(tenant.workspace_id, days)
    execution.execute(started.run.id)
    return queries.get_run(started.run.id)


def is_there(run: Run) -> bool:
    return queries.find_run(run.id) is not None


def rows_of(table: str) -> int:
    return int(db.session.execute(text(f"select count(*) from {table}")).scalar_one())  # a constant of ours


def test_an_old_run_goes_with_its_history_and_its_notification(tenant: Tenant) -> None:
    user = make_member(tenant)
    old = aged(make_completed_run(tenant, user))
    kept = prune(tenant)
    assert not is_there(old)
    assert not queries.transitions_of(old.id)
    assert not inbox(user.id).rows
    assert (kept.outcome, kept.counts["deleted"], kept.counts["skipped"]) == ("succeeded", 1, 0)


def test_a_run_that_ended_lately_stays(tenant: Tenant) -> None:
    run = aged(make_completed_run(tenant), timedelta(days=29))
    prune(tenant)
    assert is_there(run)


def test_a_run_that_began_long_ago_and_ended_lately_stays(tenant: Tenant) -> None:
    run = make_running_run(tenant)
    aged(run)
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    prune(tenant)
    assert is_there(run)


def test_an_active_run_is_never_pruned_however_old_it_is(tenant: Tenant) -> None:
    queued, running = aged_all(
        [make_run(tenant), make_running_run(tenant, type="directory.groups.sync")], 40 * LONG_AGO
    )
    assert prune(tenant).counts["skipped"] == 2
    assert is_there(queued)
    assert is_there(running)


def test_the_statement_itself_spares_what_lives(tenant: Tenant) -> None:
    run = aged(make_running_run(tenant))
    assert service.prune(tenant.workspace_id, [run.id], utcnow()) == []


def test_the_statement_itself_spares_what_is_of_another_workspace(tenant: Tenant) -> None:
    other, mine = aged_all([make_completed_run(make_tenant()), make_completed_run(tenant)])
    assert service.prune(tenant.workspace_id, [other.id, mine.id], utcnow()) == [mine.id]
    assert (is_there(other), is_there(mine)) == (True, False)


def test_the_ledger_of_another_workspace_is_left_alone(tenant: Tenant) -> None:
    other = aged(make_completed_run(make_tenant()))
    prune(tenant)
    assert is_there(other)


def test_many_are_pruned_in_small_bites(tenant: Tenant) -> None:
    runs = aged_all([make_completed_run(tenant) for _ in range(250)])
    young = make_completed_run(tenant)
    assert prune(tenant).counts["deleted"] == len(runs)
    assert is_there(young)
    assert rows_of("operation_run_transitions") == 3 + 3


def make_old_ledger(tenant: Tenant, number: int) -> None:
    """Insert many runs that ended long ago, each with a line of history."""
    then = utcnow() - LONG_AGO
    fixed = {"workspace_id": tenant.workspace_id, "tenant_id": tenant.id, "initiator_name": "System", "type": "old"}
    ended = {
        "status": "completed",
        "outcome": "succeeded",
        "created_at": then,
        "updated_at": then,
        "completed_at": then,
    }
    with transaction() as session:
        rows = [{**fixed, **ended, "run_identity_hash": f"old-{each}"} for each in range(number)]
        ids = session.scalars(insert(DbOperationRun).returning(DbOperationRun.id), rows).all()
        line = {"to_status": "completed", "outcome": "succeeded", "actor": "worker"}
        session.execute(insert(DbOperationRunTransition), [{**line, "operation_run_id": each} for each in ids])


def test_pages_and_starts_go_on_beside_it(client: ConsoleClient, app_context: Flask, tenant: Tenant) -> None:
    make_old_ledger(tenant, 2500)
    user = make_member(tenant, Role.MANAGER)
    sign_in(client, user)
    run = pruning.start_prune(tenant.workspace_id, 30).run
    pruner = threading.Thread(target=execute_in_context, args=(app_context, run.id))
    pruner.start()
    begun = []
    while pruner.is_alive():
        started = start("inventory.sync", actor=Actor.user(user), tenant_id=tenant.id)
        service.request_cancel(started.run.id, Actor.user(user))
        begun.append(started)
        assert client.get("/operations").status_code == 200
    pruner.join()
    db.session.rollback()
    assert (queries.get_run(run.id).outcome, queries.get_run(run.id).counts["deleted"]) == ("succeeded", 2500)
    assert len(begun) > 1, "nobody waits until all is pruned"
    assert all(each.created and is_there(each.run) for each in begun)
    assert rows_of("operation_runs") == 1 + len(begun)


def execute_in_context(app: Flask, run_id: int) -> None:
    with app.app_context():
        execution.execute(run_id)


def test_a_pruned_run_of_which_another_is_a_retry_goes(tenant: Tenant) -> None:
    first = aged(make_completed_run(tenant))
    retry = make_completed_run(tenant, context={"retry_of": first.id})
    prune(tenant)
    assert (is_there(first), is_there(retry)) == (False, True)


@pytest.fixture
def world() -> World:
    return make_world()


def age_everything() -> None:
    aged_all(
        [queries.get_run(run_id) for run_id in db.session.execute(text("select id from operation_runs")).scalars()]
    )


def ids_of(type_key: str) -> list[int]:
    query = text("select id from operation_runs where type = :type order by id")
    return list(db.session.execute(query, {"type": type_key}).scalars())


def test_a_run_that_captured_a_version_stays_with_it(world: World) -> None:
    held, loose = make_completed_run(world.tenant), make_completed_run(world.tenant)
    with transaction() as session:
        session.add(
            DbPolicyVersion(
                policy_id=world.policy_id,
                number=2,
                content={},
                content_hash="1" * 64,
                content_bytes=2,
                operation_run_id=held.id,
            )
        )
    age_everything()
    prune(world.tenant)
    assert (is_there(held), is_there(loose)) == (True, False)


def test_runs_of_backups_restores_packs_and_files_stay(world: World) -> None:
    with transaction() as session:
        # All of them have ended and are held only by what they made.
        session.execute(text("update operation_runs set status = 'completed', outcome = 'succeeded'"))
        session.execute(text("update operation_runs set completed_at = created_at"))
    loose = make_completed_run(world.tenant)
    age_everything()
    prune(world.tenant)
    assert all(ids_of(key) for key in ("backup.create", "restore.preview", "restore.execute", "review_pack.generate"))
    assert is_there(world.run), "its export can still be downloaded"
    assert not is_there(loose)


def test_the_run_of_an_expired_pack_goes_and_later_the_pack(world: World) -> None:
    expired = {"status": "expired", "file_path": None, "file_disk": None, "expires_at": utcnow() - timedelta(days=10)}
    with transaction() as session:
        session.execute(update(DbReviewPack).values(**expired))
    age_everything()
    prune(world.tenant)
    assert (ids_of("review_pack.generate"), rows_of("review_packs")) == ([], 1)
    prune(world.tenant, days=5)
    assert rows_of("review_packs") == 0


def test_read_notifications_go_and_unread_ones_stay_with_their_runs(tenant: Tenant) -> None:
    user = make_member(tenant)
    make_completed_run(tenant, user)
    mark_all_read(user.id)
    unread = make_completed_run(tenant, user)
    with transaction() as session:
        read = update(DbNotification).where(DbNotification.read_at.is_not(None))
        session.execute(read.values(read_at=utcnow() - LONG_AGO))
    assert prune(tenant).counts["items"] == 1
    assert [row.operation_run_id for row in inbox(user.id).rows] == [unread.id]


def test_ended_sign_ins_go_and_open_ones_stay(tenant: Tenant) -> None:
    user, then = make_member(tenant), utcnow() - LONG_AGO
    with transaction() as session:
        session.add(DbSignIn(id="ended", user_id=user.id, created_at=then, ended_at=then))
        session.add(DbSignIn(id="ran out", user_id=user.id, created_at=then))
        session.add(DbSignIn(id="open", user_id=user.id))
    prune(tenant)
    assert list(db.session.execute(text("select id from sign_ins")).scalars()) == ["open"]


def test_a_selection_that_an_active_run_is_still_to_read_stays(tenant: Tenant) -> None:
    awaited, forgotten = keep_selection([1, 2]), keep_selection([3])
    make_run(tenant, type="policies.ignore", context={"inputs": {"selection": awaited, "selected": 2}})
    with transaction() as session:
        session.execute(update(DbSelection).values(created_at=utcnow() - LONG_AGO))
    prune(tenant)
    assert read_selection(awaited) == [1, 2]
    with pytest.raises(LookupError, match=forgotten):
        read_selection(forgotten)


def test_a_selection_that_is_chosen_again_is_young_again(tenant: Tenant) -> None:
    chosen = keep_selection([1, 2])
    with transaction() as session:
        session.execute(update(DbSelection).values(created_at=utcnow() - LONG_AGO))
    keep_selection([2, 1])
    prune(tenant)
    assert read_selection(chosen) == [1, 2]


def test_pruning_never_overlaps_itself(tenant: Tenant) -> None:
    first = pruning.start_prune(tenant.workspace_id, 30)
    again = pruning.start_prune(tenant.workspace_id, 7)
    assert (again.run.id, again.created) == (first.run.id, False)


@pytest.mark.parametrize("days", [0, -1, 36_501, "30", None, True, 1.5])
def test_a_number_of_days_that_makes_no_sense_is_refused(tenant: Tenant, days: object) -> None:
    with pytest.raises(InvalidInputs, match="days"):
        start(pruning.PRUNE, actor=Actor.system(), workspace_id=tenant.workspace_id, inputs={"older_than_days": days})


def test_every_reference_to_a_run_that_a_delete_follows_is_indexed() -> None:
    tables = Base.metadata.tables.values()
    keys = [key for table in tables for key in table.foreign_keys if key.column.table.name == "operation_runs"]
    assert len(keys) >= 2
    assert not [key for key in keys if (key.parent.table.name, key.parent.name) not in leading_columns()]


def leading_columns() -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for name in Base.metadata.tables:
        look = inspect(db.engine)
        found |= {(name, index["column_names"][0]) for index in look.get_indexes(name)}
        found |= {(name, unique["column_names"][0]) for unique in look.get_unique_constraints(name)}
    return found


def test_an_old_link_says_that_the_run_was_pruned(client: ConsoleClient, tenant: Tenant) -> None:
    old, young = aged(make_completed_run(tenant)), make_completed_run(tenant)
    sign_in(client, make_member(tenant, Role.READONLY))
    path = f"/operations/{old.id}"
    prune(tenant)
    page = client.get(path)
    assert (page.status_code, "pruned" in page.text) == (410, True)
    assert client.get(path, headers={"Accept": "application/json"}).get_json()["error"]["code"] == 410
    assert client.get(f"/operations/{young.id + 1000}").status_code == 404


def test_the_newest_of_several_pruned_runs_is_known_as_well(client: ConsoleClient, tenant: Tenant) -> None:
    several = [aged(make_completed_run(tenant)) for _ in range(3)]
    sign_in(client, make_member(tenant, Role.READONLY))
    prune(tenant)
    assert [client.get(f"/operations/{run.id}").status_code for run in several] == [410] * 3


def test_a_pruned_run_tells_nothing_of_another_workspace(client: ConsoleClient, tenant: Tenant) -> None:
    foreign_old, foreign_young = aged(make_completed_run(tenant)), make_completed_run(tenant)
    mine = make_tenant()
    my_old = aged(make_completed_run(mine))
    for pruned in (tenant, mine):
        prune(pruned)
    sign_in(client, make_member(mine, Role.OWNER))
    answers = {client.get(f"/operations/{run.id}").status_code for run in (foreign_old, foreign_young, my_old)}
    assert answers == {410}, "one answer, whether a run is gone or is somebody else's"
    outsider = sign_in(client.application.test_client(), make_member(make_tenant()))  # type: ignore[arg-type]
    assert {outsider.get(f"/operations/{run.id}").status_code for run in (foreign_old, foreign_young)} == {404}


def test_a_pruning_of_today_counts_for_its_own_workspace_and_not_as_a_tenant_s(tenant: Tenant) -> None:
    day_ago = utcnow() - timedelta(days=1)
    make_completed_run(tenant, type=pruning.PRUNE)
    assert not old_run_queries.was_done_since(pruning.PRUNE, tenant.workspace_id, day_ago)


@pytest.fixture
def keeping_a_month(app_context: Flask) -> None:
    """An installation that keeps runs for thirty days."""
    app_context.config["SETTINGS"] = replace(app_context.config["SETTINGS"], retention_days=30)


def prune_runs_of(tenant: Tenant) -> list[Run]:
    db.session.rollback()
    scope = queries.Scope(frozenset({tenant.id}), frozenset({tenant.workspace_id}))
    return list(queries.list_runs(scope, queries.RunFilter(types=(pruning.PRUNE,))).rows)


def test_without_a_setting_the_clock_prunes_nothing(tenant: Tenant) -> None:
    aged(make_completed_run(tenant))
    pruning.prune_when_due()
    assert not prune_runs_of(tenant)


@pytest.mark.usefixtures("keeping_a_month")
def test_the_clock_prunes_once_a_day_and_only_where_something_is_old(tenant: Tenant) -> None:
    make_completed_run(tenant)
    pruning.prune_when_due()
    assert not prune_runs_of(tenant)
    aged(make_completed_run(tenant))
    pruning.prune_when_due()
    [run] = prune_runs_of(tenant)
    execution.execute(run.id)
    aged(make_completed_run(tenant))
    pruning.prune_when_due()
    assert [each.id for each in prune_runs_of(tenant)] == [run.id]
    assert (run.user_id, run.inputs) == (None, {"older_than_days": 30})


@pytest.mark.usefixtures("keeping_a_month")
def test_a_prune_that_failed_is_not_the_one_of_the_day(tenant: Tenant) -> None:
    aged(make_completed_run(tenant))
    pruning.prune_when_due()
    [failed] = prune_runs_of(tenant)
    service.claim(failed, WORKER)
    service.finish(failed.id, Outcome.FAILED, actor=WORKER)
    pruning.prune_when_due()
    assert [each.status for each in prune_runs_of(tenant)] == ["queued", "completed"]


@pytest.mark.parametrize("value", ["0", "-3", "a month", "36501", "1.5", "٣"])
def test_a_retention_that_makes_no_sense_is_refused_by_name(value: str) -> None:
    with pytest.raises(InvalidSetting, match="OPS_ADMIN_RETENTION_DAYS"):
        Settings.from_env({"OPS_ADMIN_SECRET_KEY": "key", "OPS_ADMIN_RETENTION_DAYS": value})


def test_retention_is_off_unless_it_is_set() -> None:
    settings = {"OPS_ADMIN_SECRET_KEY": "key"}
    assert Settings.from_env(settings).retention_days is None
    assert Settings.from_env({**settings, "OPS_ADMIN_RETENTION_DAYS": "90"}).retention_days == 90


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setattr("ops_admin.cli.context.create_app", lambda _: huey.app_context().app)
    db.session.rollback()  # the command closes every connection, so none of them may be ours
    result = FlaskCliRunner(huey.app_context().app).invoke(main, ["prune", *words])
    db.session.rollback()
    return result.exit_code, result.output


def test_the_command_line_says_first_what_would_go(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    old, active = aged(make_completed_run(tenant)), make_run(tenant)
    aged(active)
    status, output = command(monkeypatch, "--older-than", "30", "--dry-run")
    assert (status, is_there(old)) == (0, True)
    assert "1 runs would go, 1 would stay" in output
    status, output = command(monkeypatch, "--older-than", "30")
    assert (status, "Completed" in output, is_there(old), is_there(active)) == (0, True, False, True)


def test_somebody_of_one_workspace_deletes_nothing_of_another(tenant: Tenant) -> None:
    elsewhere = make_member(make_tenant(), Role.OWNER)
    aged(make_completed_run(make_tenant(), elsewhere))
    mark_all_read(elsewhere.id)
    with transaction() as session:
        session.execute(update(DbNotification).values(read_at=utcnow() - LONG_AGO))
    owner = Actor.user(make_member(tenant, Role.OWNER))
    inputs = {"older_than_days": 30}
    execution.execute(start(pruning.PRUNE, actor=owner, workspace_id=tenant.workspace_id, inputs=inputs).run.id)
    [run] = prune_runs_of(tenant)
    assert (run.outcome, run.counts["items"]) == ("succeeded", 0)


def test_the_dry_run_and_the_real_run_count_the_same(
    client: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_member(tenant, Role.READONLY)
    aged(make_completed_run(tenant, user))  # its notification would be deleted with it
    aged(make_completed_run(make_tenant(make_workspace("Zzz, the last")), user))
    mark_all_read(user.id)
    with transaction() as session:
        session.execute(update(DbNotification).values(read_at=utcnow() - LONG_AGO))
    dry, real = (command(monkeypatch, "--older-than", "30", *words)[1] for words in (["--dry-run"], []))
    assert "Besides, of all workspaces together: 2 notifications would go" in dry
    assert "Besides, of all workspaces together: 2 notifications deleted" in real
    assert real.count("1 runs deleted") == 2
    [run] = prune_runs_of(tenant)
    sign_in(client, user)
    page = " ".join(re.sub(r"<[^>]*>", " ", client.get(f"/operations/{run.id}").text).split())
    assert "Deleted besides, of all workspaces Read notifications 2" in page
    assert "Started by System, at the command line" in page


def test_the_command_line_wants_to_be_told_how_old(monkeypatch: pytest.MonkeyPatch) -> None:
    status, output = command(monkeypatch)
    assert (status, "--older-than" in output) == (2, True)


def test_a_leftover_that_cannot_be_deleted_holds_up_nothing_else(tenant: Tenant) -> None:
    old = aged(make_completed_run(tenant))
    others: list[int] = []

    def broken(_before: object, _limit: int) -> int:
        raise RuntimeError("the table is unreadable")

    def remember(_before: object, limit: int) -> int:
        others.append(limit)
        return 0

    pruning.prune_besides(Retention("broken", lambda _: 1, broken))
    pruning.prune_besides(Retention("other", lambda _: 1, remember))
    try:
        done = prune(tenant)
    finally:
        del pruning._retentions["broken"], pruning._retentions["other"]
    assert (done.outcome, [each.code for each in done.failures]) == (
        "partially_succeeded",
        ["housekeeping.sweep_failed"],
    )
    assert (is_there(old), len(others)) == (False, 1)


def test_a_leftover_that_never_ends_is_still_stopped_by_a_cancel(tenant: Tenant) -> None:
    started = pruning.start_prune(tenant.workspace_id, 30)

    def stop_after_the_first(before: object, limit: int) -> int:
        service.request_cancel(started.run.id, Actor.worker("Olivia Owner"))
        return 1

    pruning.prune_besides(Retention("endless", lambda _: 1, stop_after_the_first))
    try:
        execution.execute(started.run.id)
    finally:
        del pruning._retentions["endless"]
    assert queries.get_run(started.run.id).outcome == "cancelled"


def test_a_prune_whose_worker_stops_is_handed_back_and_counts_all_that_it_deleted(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "Pace", lambda: SimpleNamespace(size=1, rest_after=lambda _: 0))
    aged_all([make_completed_run(tenant), make_run(tenant), make_completed_run(tenant)])
    run = pruning.start_prune(tenant.workspace_id, 30).run
    execution.shutting_down.set()
    try:
        execution.execute(run.id)
    finally:
        execution.shutting_down.clear()
    stopped = queries.get_run(run.id)
    assert (stopped.status, stopped.counts["deleted"], stopped.counts["total"]) == ("queued", 1, 3)
    execution.execute(run.id)
    done = queries.get_run(run.id)
    assert (done.outcome, done.attempt) == ("succeeded", 1)
    assert {name: done.counts[name] for name in ("total", "processed", "deleted", "skipped")} == {
        "total": 3, "processed": 3, "deleted": 2, "skipped": 1,
    }  # fmt: skip


def test_a_database_that_goes_away_while_leftovers_are_deleted_fails_nothing(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: datetime, __: int) -> int:
        raise OperationalError("delete", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(pruning, "_retentions", {"sign_ins": Retention("sign_ins", lambda _: 1, away)})
    run = prune(tenant)
    assert (run.status, run.failures) == ("queued", ())
    assert queries.transitions_of(run.id)[-1].reason == "database.away"


def test_no_snapshot_is_held_between_two_pages(tenant: Tenant) -> None:
    aged_all([make_completed_run(tenant) for _ in range(3)])
    db.session.rollback()
    pages = pruning._pages(tenant.workspace_id, utcnow(), pruning.Pace(size=2))
    assert [(len(page), db.session().in_transaction()) for page in pages] == [(2, False), (1, False)]


def test_what_holds_a_run_is_asked_in_the_transaction_that_deletes_it(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def hold_all(run_ids: Collection[int]) -> Collection[int]:
        asked.append(db.in_transaction())
        return run_ids

    monkeypatch.setattr(pruning, "_holds", {hold_all: None})
    old = aged(make_completed_run(tenant))
    page = old_run_queries.list_old_runs(tenant.workspace_id, utcnow(), None, 100)
    assert (pruning.prune_page(tenant.workspace_id, page, utcnow()), asked, is_there(old)) == (0, [True], True)


def test_it_rests_after_each_bite(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as the batch took: at least half of the time belongs to others."""
    rests: list[float] = []
    monkeypatch.setattr(pruning, "Pace", lambda: SimpleNamespace(size=2, rest_after=lambda _: 4711))
    monkeypatch.setattr(RunHandle, "wait", lambda _, seconds: rests.append(seconds))
    aged_all([make_completed_run(tenant) for _ in range(3)])
    bites = iter([1, 1, 0])
    monkeypatch.setattr(pruning, "_retentions", {"crumbs": Retention("crumbs", lambda _: 2, lambda *_: next(bites))})
    assert prune(tenant).counts["deleted"] == 3
    assert rests == [4711] * 4, "two bites of leftovers, and two pages"


def test_how_far_the_ledger_was_pruned_never_goes_back(tenant: Tenant) -> None:
    first, second = aged_all([make_completed_run(tenant), make_completed_run(tenant)], 40 * LONG_AGO)
    lately = utcnow() - timedelta(days=30)
    service.prune(tenant.workspace_id, [second.id], lately)
    service.prune(tenant.workspace_id, [first.id], utcnow() - 10 * LONG_AGO)
    pruned = old_run_queries.find_pruning([tenant.workspace_id], first.id)
    assert pruned == old_run_queries.Pruning(second.id, lately)
