"""Housekeeping repairs what a crash left behind, explains it, and never overwrites a run that moved on (R48)."""

import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, Workspace
from ops_admin.cli import main
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.extensions import huey
from ops_admin.notifications.queries import inbox
from ops_admin.runs import events, queries, service
from ops_admin.runs.catalog import InvalidInputs, Mirrored
from ops_admin.runs.dispatch import start
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.tasks import run_operation
from ops_admin.runs.worker import execution, reconciler
from tests.runs.operations import do_nothing, registered
from tests.support.clients import ConsoleClient
from tests.support.factories import (
    WORKER,
    claim,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_user,
    make_workspace,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("app_context")

# The production value: in other tests the pause is skipped (`hasty_housekeeping`).
SECONDS_TO_SPEAK_UP = reconciler.SECONDS_TO_SPEAK_UP


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def let_pass(run: Run, time: timedelta = timedelta(minutes=5)) -> Run:
    """Move everything that happened to the run into the past."""
    with transaction() as session:
        session.execute(
            text("update operation_runs set heartbeat_at = :then, updated_at = :then where id = :id"),
            {"then": stored(utcnow() - time), "id": run.id},
        )
    return queries.get_run(run.id)


def stored(moment: object) -> object:
    return str(moment).replace("+00:00", "") if db.engine.dialect.name == "sqlite" else moment


def reconcile(tenant: Tenant) -> Run:
    """Start housekeeping in the tenant's workspace and execute it."""
    started = reconciler.start_reconcile(tenant.workspace_id)
    execution.execute(started.run.id)
    return queries.get_run(started.run.id)


def test_a_run_whose_worker_died_is_ended_and_explained(tenant: Tenant) -> None:
    run = let_pass(make_running_run(tenant, type="from.another.version"))
    kept = reconcile(tenant)
    ended = queries.get_run(run.id)
    assert (ended.status, ended.outcome, ended.failures[0].code) == ("completed", "failed", "worker.lost")
    last = queries.transitions_of(run.id)[-1]
    assert (last.actor, last.reason) == ("System", "worker.lost")
    assert (kept.outcome, kept.tenant_id, kept.counts["updated"]) == ("succeeded", None, 1)


def test_a_heartbeat_from_far_ahead_is_no_sign_of_life(tenant: Tenant) -> None:
    """If the clock was set back, such a heartbeat would look fresh for as long as the clock was wrong."""
    run = let_pass(make_running_run(tenant), timedelta(days=-1))
    assert reconciler.diagnose(run, frozenset()).code == "worker.lost"


def test_what_a_lost_run_had_counted_stays(tenant: Tenant) -> None:
    run = make_running_run(tenant)
    service.advance(run, {"total": 9, "processed": 4})
    let_pass(run)
    reconcile(tenant)
    assert queries.get_run(run.id).counts == {"total": 9, "processed": 4}


def test_what_had_failed_in_a_lost_run_stays(tenant: Tenant) -> None:
    run = make_running_run(tenant)
    service.advance(run, {"processed": 4}, [Failure("graph.forbidden", "policy 7")])
    let_pass(run)
    reconcile(tenant)
    assert [each.code for each in queries.get_run(run.id).failures] == ["graph.forbidden", "worker.lost"]


def test_a_worker_beats_while_it_is_given_the_time_to_speak_up() -> None:
    assert SECONDS_TO_SPEAK_UP > execution.SECONDS_BETWEEN_HEARTBEATS


def test_a_run_that_beats_is_left_alone(tenant: Tenant) -> None:
    run = make_running_run(tenant)
    reconcile(tenant)
    assert queries.get_run(run.id).is_active


def test_a_heartbeat_in_between_is_enough_to_win(tenant: Tenant) -> None:
    run = let_pass(make_running_run(tenant))
    finding = reconciler.diagnose(run, frozenset())
    assert finding.code == "worker.lost"
    service.heartbeat(run)
    assert reconciler.repair(finding) is None
    assert queries.get_run(run.id).is_active


def test_a_finisher_in_between_wins(tenant: Tenant) -> None:
    run = let_pass(make_running_run(tenant))
    finding = reconciler.diagnose(run, frozenset())
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    assert reconciler.repair(finding) is None
    assert queries.get_run(run.id).outcome == "succeeded"


def test_a_queued_run_without_a_message_is_handed_to_the_queue_again(tenant: Tenant) -> None:
    with registered(do_nothing):
        run = let_pass(make_run(tenant, type="test.operation"))
        reconcile(tenant)
        assert run.id in reconciler._ids_in_queue()
        execution.execute(run.id)
    assert queries.get_run(run.id).outcome == "succeeded"
    assert any(line.is_of(EventType.DISPATCHED_AGAIN) for line in queries.transitions_of(run.id))


def test_a_queued_run_that_waits_its_turn_is_left_alone(tenant: Tenant) -> None:
    with registered(do_nothing):
        run = let_pass(start("test.operation", actor=Actor.system(), tenant_id=tenant.id).run)
        reconcile(tenant)
    assert queries.get_run(run.id).revision == run.revision


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(0), None),
        (timedelta(minutes=5), reconciler.DISPATCH),
        (timedelta(minutes=-5), reconciler.DISPATCH),
    ],
    ids=["young", "old", "of a clock that ran ahead"],
)
def test_a_message_is_missed_only_after_a_while(tenant: Tenant, age: timedelta, code: str | None) -> None:
    """A message is in transit for a moment, and the run may be checked because of its record."""
    run = let_pass(make_run(tenant), age)
    assert reconciler.diagnose(run, frozenset()).code == code


def test_a_message_that_came_after_the_first_look_counts(app_context: Flask, tenant: Tenant) -> None:
    run = make_run(tenant)
    assert queries.get_run(run.id).is_active  # this read holds a snapshot, on SQLite
    sender = threading.Thread(target=send_in_context, args=(app_context, run.id))
    sender.start()
    sender.join()
    assert run.id in reconciler._ids_in_queue()


def send_in_context(app: Flask, run_id: int) -> None:
    with app.app_context():
        run_operation(run_id)


def test_a_run_that_was_queued_in_the_future_does_not_wait_until_then(tenant: Tenant) -> None:
    """The clock was set back since, or another machine's is wrong; nobody may wait for years."""
    with registered(do_nothing):
        run = let_pass(make_run(tenant, type="test.operation"), -timedelta(days=365))
        reconcile(tenant)
        assert run.id in reconciler._ids_in_queue()


def test_a_run_that_nobody_takes_fails_after_a_few_times(tenant: Tenant) -> None:
    run = make_run(tenant)
    for _ in range(reconciler.MOST_DISPATCHES + 1):
        let_pass(run)
        huey.storage.flush_queue()
        reconcile(tenant)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.failures[0].code) == ("failed", "run.stuck_queued")


@pytest.mark.parametrize(
    ("record", "outcome", "code"),
    [
        (Mirrored("missing"), "failed", "adapter.record_missing"),
        (Mirrored("ended", Outcome.PARTIALLY_SUCCEEDED), "partially_succeeded", "adapter.status_drift"),
    ],
)
def test_a_run_follows_the_record_that_it_mirrors(tenant: Tenant, record: Mirrored, outcome: str, code: str) -> None:
    with registered(do_nothing, mirror=lambda _: record):
        run = make_running_run(tenant, type="test.operation")
        reconcile(tenant)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.failures[0].code) == (outcome, code)


def test_what_waits_for_a_decision_may_wait(tenant: Tenant) -> None:
    with registered(do_nothing, mirror=lambda _: Mirrored("waiting")):
        run = let_pass(make_run(tenant, type="test.operation"), timedelta(days=30))
        assert reconcile(tenant).counts["updated"] == 0
    assert queries.get_run(run.id).is_active


def test_a_lost_run_is_started_again_where_its_type_asks_for_it_and_not_for_ever(tenant: Tenant) -> None:
    with registered(do_nothing, restarts=2):
        run = make_run(tenant, type="test.operation", context={"inputs": {"types": ["intents"]}})
        for _ in range(3):
            service.claim(run, WORKER)
            let_pass(run)
            reconcile(tenant)
            [*_, newest] = queries.list_runs(scope_of(tenant), queries.RunFilter(types=("test.operation",))).rows[:1]
            run = newest
    rows = queries.list_runs(scope_of(tenant), queries.RunFilter(types=("test.operation",))).rows
    assert [row.outcome for row in rows] == ["failed"] * 3
    assert rows[0].context["retry_of"] == rows[1].id
    assert rows[0].inputs == {"types": ["intents"]}


def scope_of(tenant: Tenant) -> queries.Scope:
    return queries.Scope(frozenset({tenant.id}), frozenset({tenant.workspace_id}))


def test_housekeeping_never_overlaps_itself(tenant: Tenant) -> None:
    first = reconciler.start_reconcile(tenant.workspace_id)
    assert reconciler.start_reconcile(tenant.workspace_id).run.id == first.run.id


def test_housekeeping_that_died_does_not_stand_in_its_own_way(tenant: Tenant) -> None:
    dead = reconciler.start_reconcile(tenant.workspace_id).run
    service.claim(dead, WORKER)
    let_pass(dead)
    lost = let_pass(make_running_run(tenant))
    kept = reconcile(tenant)
    assert (queries.get_run(dead.id).failures[0].code, queries.get_run(lost.id).failures[0].code) == (
        "worker.lost",
    ) * 2
    assert (kept.id != dead.id, kept.outcome) == (True, "succeeded")


def test_housekeeping_that_lives_is_not_ended_by_a_clock_alone(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 15)
    live = reconciler.start_reconcile(tenant.workspace_id).run
    live = claim(live)
    for _ in range(3):
        # Its machine's clock is minutes behind, but it sends a heartbeat between one check and the next.
        service.heartbeat(live)
        let_pass(live)
        assert reconciler.start_reconcile(tenant.workspace_id).run.id == live.id
        with transaction() as session:
            then = {"then": stored(utcnow() - timedelta(minutes=1)), "id": live.id}
            session.execute(text("update operation_run_transitions set at = :then where operation_run_id = :id"), then)
    assert queries.get_run(live.id).is_active
    assert reconciler.start_reconcile(tenant.workspace_id).run.id != live.id
    assert queries.get_run(live.id).failures[0].code == "worker.lost"


def test_housekeeping_that_died_is_cleared_away_whichever_way_a_clock_was_set(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 15)
    dead = reconciler.start_reconcile(tenant.workspace_id).run
    service.claim(dead, WORKER)
    let_pass(dead)
    assert reconciler.start_reconcile(tenant.workspace_id).run.id == dead.id
    with transaction() as session:
        ahead = {"then": stored(utcnow() + timedelta(hours=1)), "id": dead.id}
        session.execute(text("update operation_run_transitions set at = :then where operation_run_id = :id"), ahead)
    assert reconciler.start_reconcile(tenant.workspace_id).run.id != dead.id


def test_housekeeping_that_nobody_took_needs_no_second_look(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 15)
    forgotten = let_pass(reconciler.start_reconcile(tenant.workspace_id).run)
    huey.storage.flush_queue()
    assert reconciler.start_reconcile(tenant.workspace_id).run.id == forgotten.id
    assert forgotten.id in reconciler._ids_in_queue()


def test_housekeeping_on_a_machine_that_is_late_does_not_doubt_itself(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 3600)
    with monkeypatch.context() as patch:
        patch.setattr(service, "utcnow", lambda: utcnow() - timedelta(minutes=5))
        kept = reconcile(tenant)
    assert (kept.outcome, kept.counts["total"]) == ("succeeded", 0)


def test_housekeeping_stops_between_two_repairs(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = let_pass(make_running_run(tenant)), let_pass(make_running_run(make_tenant_beside(tenant)))
    kept = reconciler.start_reconcile(tenant.workspace_id).run
    try_to_repair = reconciler._try_to_repair

    def repair_and_ask_to_stop(finding: reconciler.Finding) -> object:
        service.request_cancel(kept.id, Actor.worker("Ada"))
        return try_to_repair(finding)

    monkeypatch.setattr(reconciler, "_try_to_repair", repair_and_ask_to_stop)
    execution.execute(kept.id)
    assert queries.get_run(kept.id).outcome == "cancelled"
    assert [queries.get_run(run.id).is_active for run in (first, second)] == [False, True]


def make_tenant_beside(tenant: Tenant) -> Tenant:
    return make_tenant(Workspace(tenant.workspace_id, ""))


def test_nobody_repairs_in_a_workspace_that_is_not_theirs(client: ConsoleClient, tenant: Tenant) -> None:
    dead = reconciler.start_reconcile(tenant.workspace_id).run
    service.claim(dead, WORKER)
    before = let_pass(dead)
    sign_in(client, make_member(make_tenant(), Role.OWNER))
    assert client.post(f"/operations/housekeeping/{tenant.workspace_id}").status_code == 404
    db.session.rollback()
    assert queries.get_run(dead.id) == before


def test_what_somebody_had_asked_to_stop_is_not_started_again(tenant: Tenant) -> None:
    with registered(do_nothing, restarts=2):
        run = make_run(tenant, type="test.operation")
        service.claim(run, WORKER)
        service.request_cancel(run.id, Actor.worker("Ada"))
        let_pass(run)
        reconcile(tenant)
    [ended] = queries.list_runs(scope_of(tenant), queries.RunFilter(types=("test.operation",))).rows
    assert (ended.outcome, ended.failures[0].code) == ("cancelled", "worker.lost")


def test_the_clock_revives_housekeeping_that_nobody_would_take(tenant: Tenant) -> None:
    forgotten = let_pass(reconciler.start_reconcile(tenant.workspace_id).run)
    huey.storage.flush_queue()
    reconciler.reconcile_when_needed()
    db.session.rollback()
    assert forgotten.id in reconciler._ids_in_queue()


def test_a_run_that_cannot_be_judged_holds_up_no_other(tenant: Tenant) -> None:
    def broken(_: Run) -> Mirrored:
        raise RuntimeError("the record is unreadable")

    with registered(do_nothing, mirror=broken):
        unclear = make_running_run(tenant, type="test.operation")
        lost = let_pass(make_running_run(tenant))
        kept = reconcile(tenant)
    assert queries.get_run(unclear.id).is_active
    assert queries.get_run(lost.id).failures[0].code == "worker.lost"
    assert (kept.outcome, kept.failures[0].code) == ("partially_succeeded", "housekeeping.repair_failed")
    assert kept.counts == {"total": 2, "processed": 2, "succeeded": 1, "failed": 1, "updated": 1, "skipped": 0}


def test_the_clock_sees_a_run_that_beats_while_its_record_has_ended(tenant: Tenant) -> None:
    with registered(do_nothing, mirror=lambda _: Mirrored("ended", Outcome.SUCCEEDED)):
        make_running_run(tenant, type="test.operation")
        reconciler.reconcile_when_needed()
        db.session.rollback()
        assert [run for run in queries.active_runs(scope_of(tenant)) if run.type == reconciler.RECONCILE]


def test_a_run_without_any_heartbeat_is_lost_as_well(tenant: Tenant) -> None:
    run = make_running_run(tenant)
    with transaction() as session:
        then = stored(utcnow() - timedelta(minutes=5))
        session.execute(text("update operation_runs set heartbeat_at = null, created_at = :then"), {"then": then})
    reconcile(tenant)
    assert queries.get_run(run.id).failures[0].code == "worker.lost"


def test_a_lost_run_whose_work_somebody_has_started_already_says_so(tenant: Tenant) -> None:
    with registered(do_nothing, restarts=2):
        run = make_run(tenant, type="test.operation")
        service.claim(run, WORKER)
        again = start("test.operation", actor=Actor.system(), tenant_id=tenant.id).run
        let_pass(run)
        reconcile(tenant)
    assert HistoryEvent.naming(EventType.DONE_BY, again.id) in [line.event for line in queries.transitions_of(run.id)]


@pytest.mark.parametrize(("age", "level"), [(5, None), (40, "warning"), (300, "danger")])
def test_the_page_says_when_a_run_has_stalled_and_when_it_is_about_to_be_lost(
    client: ConsoleClient, tenant: Tenant, age: int, level: str | None
) -> None:
    run = let_pass(make_running_run(tenant), timedelta(seconds=age))
    sign_in(client, make_member(tenant, Role.READONLY))
    page = re.sub(r"<template.*?</template>", "", client.get(f"/operations/{run.id}").text, flags=re.DOTALL)
    tones = {"warning": "tone-yellow", "danger": "tone-red"}
    shown = {name for name, tone in tones.items() if f'class="note {tone}"' in page}
    assert shown == ({level} if level else set())


def test_other_workspaces_are_left_alone(tenant: Tenant) -> None:
    run = let_pass(make_running_run(make_tenant()))
    reconcile(tenant)
    assert queries.get_run(run.id).is_active


def test_the_clock_starts_it_only_where_there_is_something_to_repair(tenant: Tenant) -> None:
    make_running_run(tenant)
    reconciler.reconcile_when_needed()
    db.session.rollback()
    assert not [run for run in queries.active_runs(scope_of(tenant)) if run.type == reconciler.RECONCILE]
    let_pass(make_running_run(tenant))
    reconciler.reconcile_when_needed()
    db.session.rollback()
    assert [run for run in queries.active_runs(scope_of(tenant)) if run.type == reconciler.RECONCILE]


def test_the_clock_starts_nothing_for_runs_that_are_looked_at_and_in_order(tenant: Tenant) -> None:
    with registered(do_nothing, mirror=lambda _: Mirrored("under_way")):
        run = make_running_run(tenant, type="test.operation")
        assert [finding.run.id for finding in reconciler.findings(tenant.workspace_id)] == [run.id]
        assert not pass_of_the_clock(tenant)


def test_the_command_line_repairs_without_any_worker(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    run = let_pass(make_running_run(tenant))
    monkeypatch.setattr("ops_admin.cli.context.create_app", lambda _: huey.app_context().app)
    db.session.rollback()  # the command closes every connection, so none of them may be ours
    result = FlaskCliRunner(huey.app_context().app).invoke(main, ["reconcile"])
    assert result.exit_code == 0, result.output
    assert "Completed" in result.output
    db.session.rollback()
    assert queries.get_run(run.id).failures[0].code == "worker.lost"


@pytest.mark.parametrize(("role", "status"), [(Role.READONLY, 403), (Role.OPERATOR, 403), (Role.MANAGER, 202)])
def test_who_may_starts_it_from_monitoring(client: ConsoleClient, tenant: Tenant, role: Role, status: int) -> None:
    sign_in(client, make_member(tenant, role))
    path = f"/operations/housekeeping/{tenant.workspace_id}"
    assert (path in client.get("/operations").text) is (status == 202)
    assert client.post(path, headers={"Accept": "application/json"}).status_code == status
    other = f"/operations/housekeeping/{make_tenant().workspace_id}"
    assert client.post(other, headers={"Accept": "application/json"}).status_code == 404


def test_no_worker_waits_for_a_sign_of_life(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 3600)
    lost = let_pass(make_running_run(tenant))
    for _ in range(2):  # also if its message is delivered too early
        kept = reconcile(tenant)
        assert (kept.status, queries.get_run(lost.id).is_active) == ("queued", True)
    assert kept.id in reconciler._ids_in_queue(), "its message is given out later"
    assert reconciler.start_reconcile(tenant.workspace_id).run.id == kept.id, "it does not overlap itself meanwhile"


def test_the_message_that_waits_is_given_out_when_it_is_due(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 60)
    let_pass(make_running_run(tenant))
    kept = reconcile(tenant)
    db.session.rollback()
    now = datetime.now(UTC).replace(tzinfo=None)
    assert not huey.read_schedule(now + timedelta(seconds=50))
    [task] = huey.read_schedule(now + timedelta(seconds=70))
    assert (task.name, task.args) == ("run_operation", [kept.id])


def test_who_gives_a_sign_of_life_in_the_pause_is_left_alone(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 3600)
    alive, dead = let_pass(make_running_run(tenant)), let_pass(make_running_run(tenant))
    kept = reconcile(tenant)
    service.heartbeat(alive)
    let_pass(alive)  # by a clock that is far ahead it still looks lost
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 0)
    execution.execute(kept.id)
    assert queries.get_run(alive.id).is_active
    assert queries.get_run(dead.id).failures[0].code == "worker.lost"


def test_its_page_tells_what_was_repaired(client: ConsoleClient, tenant: Tenant) -> None:
    with registered(do_nothing, restarts=1):
        lost = let_pass(make_running_run(tenant, type="test.operation"))
        kept = reconcile(tenant)
        [again] = [run for run in queries.active_runs(scope_of(tenant)) if run.type == "test.operation"]
        sign_in(client, make_member(tenant, Role.READONLY))
        page = words_of(client.get(f"/operations/{kept.id}").text)
    assert f"Ended #{lost.id} Test operation , {tenant.display_name}: worker.lost , Retried as #{again.id}" in page
    assert "Repaired 1" in page
    assert "Updated" not in page


def words_of(page: str) -> str:
    """The text of a page, with single spaces between words."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_its_page_says_that_nothing_was_to_be_repaired(client: ConsoleClient, tenant: Tenant) -> None:
    kept = reconcile(tenant)
    sign_in(client, make_member(tenant, Role.READONLY))
    page = words_of(client.get(f"/operations/{kept.id}").text)
    assert "Nothing needed a repair." in page
    assert "Processed" not in page


def test_its_page_names_no_run_of_a_tenant_that_the_reader_may_not_see(client: ConsoleClient, tenant: Tenant) -> None:
    other = make_tenant(Workspace(tenant.workspace_id, ""))
    lost = let_pass(make_running_run(other))
    kept = reconcile(tenant)
    sign_in(client, make_member(tenant, Role.READONLY))
    page = client.get(f"/operations/{kept.id}").text
    assert f"/operations/{lost.id}" not in page
    assert "1 more run, which is not named here" in page


@pytest.fixture
def unfinishable() -> Iterator[None]:
    """A subscriber to the end of a sync raises, so that none can be ended."""

    def refuse(event: events.RunEvent) -> None:
        if event.run.type == "inventory.sync":
            raise RuntimeError("the table is broken")

    events.companions.connect(refuse)
    yield
    events.companions.disconnect(refuse)


def pass_of_the_clock(tenant: Tenant) -> bool:
    """Whether the clock starts housekeeping now."""
    reconciler.reconcile_when_needed()
    db.session.rollback()
    return any(run.type == reconciler.RECONCILE for run in queries.active_runs(scope_of(tenant)))


def test_a_run_that_cannot_be_repaired_is_tried_less_and_less_often(
    client: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Run) -> Mirrored:
        raise RuntimeError("the record is unreadable")

    begun, minutes = utcnow(), []
    with registered(do_nothing, mirror=broken):
        run = make_running_run(tenant, type="test.operation")
        for minute in range(60 * 5):
            monkeypatch.setattr(reconciler, "utcnow", lambda: begun + timedelta(minutes=minute))  # noqa: B023
            monkeypatch.setattr(service, "utcnow", lambda: begun + timedelta(minutes=minute))  # noqa: B023
            if reconciler._due(reconciler.findings(tenant.workspace_id)):
                minutes.append(minute)
                reconciler._try_to_repair(next(reconciler.findings(tenant.workspace_id)))
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    sign_in(client, make_member(tenant, Role.READONLY))
    page = words_of(client.get(f"/operations/{run.id}").text)
    assert "Housekeeping could not repair this run." in page
    assert "RuntimeError" in page
    assert "Tried 10 times" in page


def test_what_was_in_vain_a_moment_ago_starts_no_housekeeping(tenant: Tenant, unfinishable: None) -> None:
    run = let_pass(make_running_run(tenant))
    assert pass_of_the_clock(tenant)
    [kept] = [each for each in queries.active_runs(scope_of(tenant)) if each.type == reconciler.RECONCILE]
    reconciler._try_to_repair(next(reconciler.findings(tenant.workspace_id)))
    service.request_cancel(kept.id, Actor.worker("Ada"))
    assert not pass_of_the_clock(tenant)
    assert queries.get_run(run.id).is_active


def test_the_list_says_what_a_failed_repair_means(client: ConsoleClient, tenant: Tenant) -> None:
    def broken(_: Run) -> Mirrored:
        raise RuntimeError("the record is unreadable")

    with registered(do_nothing, mirror=broken):
        run = make_running_run(tenant, type="test.operation")
        reconcile(tenant)
        sign_in(client, make_member(tenant, Role.READONLY))
        page = words_of(client.get("/operations").text)
    assert f"A run could not be judged or repaired; the server log says why: #{run.id} Test operation" in page


def test_a_workspace_that_cannot_be_looked_at_holds_up_no_other(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_tenant()
    for each in (tenant, other):
        let_pass(make_running_run(each))
    find = reconciler.findings

    def broken_in_one(workspace_id: int, but_not: int | None = None) -> Iterator[reconciler.Finding]:
        if workspace_id == tenant.workspace_id:
            raise RuntimeError("unreadable")
        return find(workspace_id, but_not)

    monkeypatch.setattr(reconciler, "findings", broken_in_one)
    assert not pass_of_the_clock(tenant)
    assert pass_of_the_clock(other)


def test_who_started_a_lost_run_is_told_once_and_with_what_goes_on(tenant: Tenant) -> None:
    user = make_member(tenant)
    with registered(do_nothing, restarts=1):
        lost = make_running_run(tenant, user, type="test.operation")
        let_pass(lost)
        reconcile(tenant)
        [again] = [run for run in queries.active_runs(scope_of(tenant)) if run.type == "test.operation"]
        [told] = inbox(user.id).rows
        assert told.body.startswith(f"Retried as #{again.id}")
        assert (again.user_id, again.initiator_name) == (user.id, user.display_name)
        execution.execute(again.id)
    assert [row.operation_run_id for row in inbox(user.id).rows] == [again.id, lost.id]


def test_what_its_starter_may_not_do_any_more_is_not_started_again(tenant: Tenant) -> None:
    user = make_member(tenant, Role.READONLY)
    with registered(do_nothing, restarts=1):
        lost = let_pass(make_running_run(tenant, user, type="test.operation"))
        reconcile(tenant)
        assert not [run for run in queries.active_runs(scope_of(tenant)) if run.type == "test.operation"]
    assert queries.get_run(lost.id).failures[0].code == "worker.lost"


def test_what_its_inputs_do_not_allow_any_more_is_ended_and_not_started_again(tenant: Tenant) -> None:
    def refuse(_: Mapping[str, object]) -> dict[str, object]:
        raise InvalidInputs({"types": "There is no such type any more."})

    with registered(do_nothing, restarts=1, parse_inputs=refuse):
        lost = let_pass(make_running_run(tenant, type="test.operation"))
        kept = reconcile(tenant)
        assert not [run for run in queries.active_runs(scope_of(tenant)) if run.type == "test.operation"]
    assert queries.get_run(lost.id).failures[0].code == "worker.lost"
    assert (kept.outcome, kept.counts["updated"]) == ("succeeded", 1)


def test_an_end_without_its_new_start_is_no_end(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the process dies")

    with registered(do_nothing, restarts=1):
        lost = let_pass(make_running_run(tenant, type="test.operation"))
        [finding] = reconciler.findings(tenant.workspace_id)
        monkeypatch.setattr(reconciler, "start", broken)
        with pytest.raises(RuntimeError, match="dies"):
            reconciler.repair(finding)
        db.session.rollback()
        assert queries.get_run(lost.id).is_active


def test_both_pages_lead_to_the_other_run(client: ConsoleClient, tenant: Tenant) -> None:
    with registered(do_nothing, restarts=1):
        lost = let_pass(make_running_run(tenant, type="test.operation"))
        reconcile(tenant)
        [again] = [run for run in queries.active_runs(scope_of(tenant)) if run.type == "test.operation"]
        sign_in(client, make_member(tenant, Role.READONLY))
        pages = [client.get(f"/operations/{run.id}").text for run in (lost, again)]
    words = [words_of(page) for page in pages]
    links = [page.count(f'href="/operations/{run.id}"') for page, run in zip(pages, (again, lost), strict=True)]
    assert links == [3, 2], "in the timeline, among the related, and in the widget while it is active"
    assert f"Retried as #{again.id}" in words[0]
    assert f"Retry of #{lost.id}" in words[1]
    timeline = words[0].split("Timeline")[1].split("Facts")[0]
    assert timeline.count("Failed") == 1


def test_an_owner_of_many_workspaces_has_one_menu_in_the_order_of_people(client: ConsoleClient) -> None:
    names = ["MSP 2", "MSP 10", "MSP 1"]
    user = make_user()
    for name in names:
        administration.add_member(user.id, make_workspace(name).id, Role.OWNER)
    sign_in(client, user)
    page = client.get("/operations").text
    menu = page.split('id="housekeeping-menu"')[1].split("</form>\n    </div>")[0]
    assert re.findall(r"MSP \d+", words_of("<" + menu)) == ["MSP 1", "MSP 2", "MSP 10"]
    assert page.count('popovertarget="housekeeping-menu"') == 1


def test_runs_of_workspaces_are_told_apart_by_who_has_several(client: ConsoleClient, tenant: Tenant) -> None:
    user, named = make_member(tenant, Role.MANAGER), make_workspace("Second & Sons")
    run = make_run(workspace_id=named.id, type=reconciler.RECONCILE)
    sign_in(client, user)
    assert 'data-workspaces="{}"' in client.get("/operations").text
    administration.add_member(user.id, named.id, Role.MANAGER)
    for path in ("/operations", f"/operations/{run.id}", "/operations/active"):
        assert "Second &amp; Sons" in client.get(path).text
    assert "Whole workspace" not in client.get("/operations").text
