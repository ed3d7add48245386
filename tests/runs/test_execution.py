"""A run from its message to its end: claim, progress, outcome, retries, stops (R18 to R21)."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Literal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InternalError, OperationalError

from ops_admin.access.queries import Tenant
from ops_admin.infra import database_retry
from ops_admin.infra.database import db, transaction
from ops_admin.infra.extensions import huey
from ops_admin.runs import events, handle, queries, service
from ops_admin.runs.events import RunBeat, RunEvent, RunProgressed
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import ClaimLost, Reschedule, RunHandle
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.tasks import run_operation
from ops_admin.runs.worker import execution
from ops_admin.telemetry.fields import carried
from tests.runs.operations import do_nothing, registered
from tests.support.factories import make_run, make_running_run, make_tenant

pytestmark = pytest.mark.usefixtures("app_context")

TEST = "test.operation"


def run_through(handler: Callable[[RunHandle], None], **fields: object) -> Run:
    """Make a run, execute it with `handler`, and return the ended run."""
    with registered(handler, **fields):
        run = make_run(type=TEST, context={"inputs": {"types": ["intents"]}})
        execution.execute(run.id)
        return queries.get_run(run.id)


def test_a_handler_that_simply_returns_has_succeeded() -> None:
    run = run_through(do_nothing)
    assert (run.status, run.outcome, run.counts) == ("completed", "succeeded", {})
    assert run.started_at is not None
    assert run.completed_at is not None


def test_the_handler_sees_tenant_and_inputs_and_no_row() -> None:
    seen: dict[str, object] = {}

    def look(handle: RunHandle) -> None:
        seen.update(tenant=handle.tenant, inputs=handle.inputs)

    run = run_through(look)
    assert isinstance(seen["tenant"], Tenant)
    assert seen["tenant"].id == run.tenant_id
    assert seen["inputs"] == {"types": ["intents"]}


def test_some_failures_among_successes_are_a_partial_success() -> None:
    def half(handle: RunHandle) -> None:
        handle.progress(total=2)
        handle.count(processed=1, succeeded=1)
        handle.failure("tenant.missing", "one is gone")
        handle.count(processed=1, failed=1)

    run = run_through(half)
    assert run.outcome == "partially_succeeded"
    assert run.counts == {"total": 2, "processed": 2, "succeeded": 1, "failed": 1}
    assert [failure.code for failure in run.failures] == ["tenant.missing"]


def test_an_unforeseen_exception_is_stored_by_class_and_logged_in_full(caplog: pytest.LogCaptureFixture) -> None:
    def explode(handle: RunHandle) -> None:
        handle.count(processed=1, succeeded=1)
        raise KeyError("the whole story")

    run = run_through(explode)
    assert (run.outcome, run.failures[0].code, run.failures[0].message) == ("failed", "unexpected_error", "KeyError")
    assert run.counts == {"processed": 1, "succeeded": 1}
    assert f"run {run.id} " in caplog.text
    assert "the whole story" in caplog.text


def test_a_run_that_is_not_queued_is_left_alone() -> None:
    calls: list[int] = []
    with registered(lambda handle: calls.append(handle.run_id)):
        run = make_run(type=TEST)
        execution.execute(run.id)
        execution.execute(run.id)
    assert calls == [run.id]


def test_a_message_for_no_run_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        execution.execute(10**9)
    assert "nothing to do" in caplog.text


def test_an_unknown_type_has_an_honest_end() -> None:
    run = make_run(type="from.another.version")
    execution.execute(run.id)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.failures[0].code) == ("failed", "operation.unknown")


def test_a_tenant_that_was_deleted_has_an_honest_end() -> None:
    with registered(do_nothing):
        run = make_run(make_tenant(), type=TEST)
        delete_tenant(run)
        execution.execute(run.id)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.failures[0].code) == ("failed", "tenant.missing")


def test_transient_failures_are_tried_again_and_the_last_counts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LONGEST_PAUSE_BETWEEN_ATTEMPTS", 0)
    statuses = []

    def third_time_lucky(handle: RunHandle) -> None:
        handle.count(processed=handle.attempt, succeeded=handle.attempt)
        statuses.append(queries.get_run(handle.run_id).status)
        if handle.attempt < 3:
            raise OperationFailed("worker.stopped")

    run = run_through(third_time_lucky, max_attempts=3, retry_codes=frozenset({"worker.stopped"}))
    assert (run.outcome, run.attempt, run.counts) == ("succeeded", 3, {"processed": 3, "succeeded": 3})
    assert statuses == ["running"] * 3
    assert "attempt 2 after worker.stopped" in [line.reason for line in queries.transitions_of(run.id)]


def test_attempts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LONGEST_PAUSE_BETWEEN_ATTEMPTS", 0)

    def never(_: RunHandle) -> None:
        raise OperationFailed("worker.stopped")

    run = run_through(never, max_attempts=2, retry_codes=frozenset({"worker.stopped"}))
    assert (run.outcome, run.attempt) == ("failed", 2)


def test_other_failures_are_not_tried_again() -> None:
    def never(_: RunHandle) -> None:
        raise OperationFailed("tenant.missing")

    run = run_through(never, max_attempts=2, retry_codes=frozenset({"worker.stopped"}))
    assert (run.outcome, run.attempt) == ("failed", 1)


def test_an_operator_stops_a_run_at_its_next_checkpoint() -> None:
    def work(handle: RunHandle) -> None:
        service.request_cancel(handle.run_id, Actor.worker("Ada"))
        handle.wait(30)

    started = time.monotonic()
    run = run_through(work)
    assert (run.status, run.outcome) == ("completed", "cancelled")
    assert time.monotonic() - started < 15


STOPPED = {"max_attempts": 3, "retry_codes": frozenset({"tenant.missing"}), "resume": "checkpoint"}


def test_a_cancel_is_heard_in_the_pause_between_two_attempts() -> None:
    def fail(handle: RunHandle) -> None:
        service.request_cancel(handle.run_id, Actor.worker("Ada"))
        raise OperationFailed("tenant.missing")

    run = run_through(fail, **STOPPED)
    assert (run.outcome, run.attempt) == ("cancelled", 1)


def test_a_worker_that_shuts_down_in_the_pause_hands_back() -> None:
    def fail(_: RunHandle) -> None:
        execution.shutting_down.set()
        raise OperationFailed("tenant.missing")

    try:
        run = run_through(fail, **STOPPED)
    finally:
        execution.shutting_down.clear()
    assert (run.status, run.failures) == ("queued", ())


@pytest.mark.parametrize("statement", ["claim", "begin_attempt"])
def test_a_database_that_hiccups_is_asked_again(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    monkeypatch.setattr(execution, "LONGEST_PAUSE_BETWEEN_ATTEMPTS", 0)
    write, tries = getattr(service, statement), []

    def hiccup(*args: Any) -> Run | None:
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError("update", {}, Exception("server closed the connection unexpectedly"))
        done: Run | None = write(*args)
        return done

    def second_time_lucky(handle: RunHandle) -> None:
        if handle.attempt == 1:
            raise OperationFailed("tenant.missing")

    monkeypatch.setattr(service, statement, hiccup)
    run = run_through(second_time_lucky, **STOPPED)
    assert (run.outcome, run.attempt, len(tries)) == ("succeeded", 2, 2)


@pytest.mark.parametrize("urgent", [True, False])
def test_a_message_that_is_written_again_has_the_priority_of_the_first(urgent: bool) -> None:
    with registered(do_nothing, urgent=urgent):
        waiting, run = make_run(type=TEST), make_running_run(type=TEST)
        run_operation(waiting.id)
        execution._requeue(run, RunHandle(run, None), {"code": "worker.stopped"})
        assert huey.dequeue().args == [run.id if urgent else waiting.id]


def test_a_worker_that_shuts_down_never_says_cancelled() -> None:
    execution.shutting_down.set()
    try:
        run = run_through(lambda handle: handle.checkpoint())
    finally:
        execution.shutting_down.clear()
    assert (run.outcome, run.failures[0].code) == ("failed", "worker.stopped")


def test_a_handler_whose_run_was_ended_elsewhere_cannot_overwrite_it() -> None:
    def overtaken(handle: RunHandle) -> None:
        service.finish(
            handle.run_id, Outcome.FAILED, actor=Actor.worker("reaper"), event=HistoryEvent.finished("worker.lost")
        )
        handle.count(processed=1, succeeded=1)

    run = run_through(overtaken)
    assert run.outcome == "failed"
    assert queries.transitions_of(run.id)[-1].actor == "reaper"


def test_thousands_of_reports_are_a_few_writes_and_the_last_one_counts() -> None:
    heard: list[RunEvent] = []
    events.after_commit[RunProgressed].connect(heard.append)

    def chatter(handle: RunHandle) -> None:
        handle.progress(total=5000)
        for _ in range(5000):
            handle.count(processed=1, succeeded=1)

    started = time.monotonic()
    run = run_through(chatter)
    events.after_commit[RunProgressed].disconnect(heard.append)
    assert run.counts == {"total": 5000, "processed": 5000, "succeeded": 5000}
    # The claim, the first report, and at most one every quarter of a second.
    assert len(heard) <= 3 + (time.monotonic() - started) / handle.SECONDS_BETWEEN_WRITES


def test_a_database_that_did_not_answer_is_left_in_peace_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    advance, tries = service.advance, []

    def hiccup(*args: Any) -> Run | None:
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError("update", {}, Exception("no route to host"))
        return advance(*args)

    monkeypatch.setattr(service, "advance", hiccup)
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_WRITES", 0)
    monkeypatch.setattr(handle, "SECONDS_TO_LEAVE_THE_DATABASE", 3600)
    run = make_running_run(type=TEST)
    reporting = RunHandle(run, None)
    for _ in range(5):
        reporting.count(processed=1)
    assert (len(tries), queries.get_run(run.id).counts) == (1, {})

    reporting._in_peace_until = time.monotonic()
    reporting.count(processed=1)
    assert (len(tries), queries.get_run(run.id).counts) == (2, {"processed": 6})


def test_the_last_report_is_told_although_the_handler_then_falls_silent() -> None:
    shown: list[int] = []

    def fall_silent(handle: RunHandle) -> None:
        handle.progress(total=2, processed=0)
        handle.progress(processed=1)
        time.sleep(1.5)
        shown.append(queries.get_run(handle.run_id).counts["processed"])

    run_through(fall_silent)
    assert shown == [1]


def test_processed_never_goes_backwards() -> None:
    def waver(handle: RunHandle) -> None:
        handle.progress(total=10, processed=8)
        handle.progress(processed=3)

    assert run_through(waver).counts["processed"] == 8


def test_the_heart_beats_while_the_handler_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_HEARTBEATS", 0.5)
    beats = []
    beaten = threading.Event()
    beat = service.heartbeat

    def hear(run: Run, *, tell: bool) -> Run | None:
        beats.append(threading.current_thread().name)
        beaten.set()
        return beat(run, tell=tell)

    monkeypatch.setattr(service, "heartbeat", hear)

    def be_busy(_: RunHandle) -> None:
        beaten.wait(10)

    run = run_through(be_busy)
    assert f"pulse-{run.id}" in beats


def test_a_handler_that_reports_nothing_is_heard_of_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_HEARTBEATS", 0.5)
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_SIGNS_OF_LIFE", 0.4)
    heard: list[RunEvent] = []
    twice = threading.Event()

    def hear(event: RunEvent) -> None:
        heard.append(event)
        if len(heard) > 1:
            twice.set()

    def report_nothing(_: RunHandle) -> None:
        twice.wait(10)

    events.after_commit[RunBeat].connect(hear)
    run_through(report_nothing)
    events.after_commit[RunBeat].disconnect(hear)
    beats = [event.run.heartbeat_at for event in heard]
    assert len(beats) > 1
    assert sorted(set(beats), key=str) == beats


def test_of_a_handler_that_was_just_heard_no_heartbeat_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_HEARTBEATS", 0.5)
    heard: list[RunEvent] = []
    events.after_commit[RunBeat].connect(heard.append)
    written: list[object] = []

    def work(handle: RunHandle) -> None:
        handle.progress(total=1, processed=0)
        begun = queries.get_run(handle.run_id).heartbeat_at
        deadline = time.monotonic() + 10
        while not written and time.monotonic() < deadline:
            handle.checkpoint()
            db.session.rollback()
            now = queries.get_run(handle.run_id).heartbeat_at
            if now != begun:
                written.append(now)

    run_through(work)
    events.after_commit[RunBeat].disconnect(heard.append)
    assert written, "the heart beats in the ledger"
    assert heard == []


def test_ids_of_records_are_kept_with_the_run() -> None:
    run = run_through(lambda handle: handle.update_context(backup_set_id=7))
    assert run.context == {"inputs": {"types": ["intents"]}, "backup_set_id": 7}


def delete_tenant(run: Run) -> None:
    """Delete the tenant's row, as somebody with a database console and foreign keys switched off would."""
    off = {"sqlite": "PRAGMA foreign_keys = OFF", "postgresql": "SET session_replication_role = replica"}
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(off[db.engine.dialect.name])
    cursor.execute(f"delete from tenants where id = {run.tenant_id:d}")
    connection.commit()
    connection.invalidate()


def test_what_slows_a_run_down_is_kept_and_told() -> None:
    heard: list[RunEvent] = []
    events.after_commit[RunProgressed].connect(heard.append)

    def be_throttled(handle: RunHandle) -> None:
        for seconds in (1.6, 2.4):
            handle.slowed_down(seconds)
        time.sleep(1.2)

    run = run_through(be_throttled)
    events.after_commit[RunProgressed].disconnect(heard.append)
    assert run.slowdown is not None
    assert (run.slowdown.times, run.slowdown.seconds) == (2, 4)
    assert heard[-1].run.slowdown == run.slowdown
    assert run.outcome == "succeeded"


def test_the_end_of_a_run_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    finish, tries = service.finish_claimed, []

    def hiccup(*args: Any, **kwargs: Any) -> Run | None:
        tries.append(args)
        if len(tries) < 3:
            raise OperationalError("update", {}, Exception("server closed the connection unexpectedly"))
        return finish(*args, **kwargs)

    monkeypatch.setattr(service, "finish_claimed", hiccup)
    run = run_through(lambda handle: handle.count(processed=1, succeeded=1))
    assert (run.outcome, run.counts, len(tries)) == ("succeeded", {"processed": 1, "succeeded": 1}, 3)


@pytest.mark.parametrize(("and_comes_again", "status"), [(False, "completed"), (True, "queued")])
def test_ids_that_an_absent_database_kept_unwritten_are_written_before_the_handler_is_done_with(
    monkeypatch: pytest.MonkeyPatch, and_comes_again: bool, status: str
) -> None:
    update_context, tries = service.update_context, []

    def hiccup(*args: Any) -> Run | None:
        tries.append(args)
        if len(tries) < 3:
            raise OperationalError("update", {}, Exception("server closed the connection unexpectedly"))
        return update_context(*args)

    def work(handle: RunHandle) -> None:
        handle.update_context(backup_set_id=7)
        if and_comes_again:
            raise Reschedule(60)

    monkeypatch.setattr(service, "update_context", hiccup)
    monkeypatch.setattr(handle, "SECONDS_TO_LEAVE_THE_DATABASE", 3600)
    run = run_through(work)
    assert (run.status, run.context.get("backup_set_id"), len(tries)) == (status, 7, 3)


def test_a_commit_whose_answer_was_lost_is_ours(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finish, tries = service.finish_claimed, []

    def lose_the_answer(*args: Any, **kwargs: Any) -> Run | None:
        tries.append(args)
        done = finish(*args, **kwargs)
        if len(tries) == 1:
            raise OperationalError("commit", {}, Exception("connection reset"))
        return done

    monkeypatch.setattr(service, "finish_claimed", lose_the_answer)
    assert run_through(do_nothing).outcome == "succeeded"
    assert "ended by somebody else" not in caplog.text


def test_a_run_that_another_thread_of_the_process_has_claimed_is_not_handed_back() -> None:
    run = make_running_run(type=TEST)
    execution._requeue(run, RunHandle(run, None), {"code": "database.away"})
    service.claim(run, execution.this_worker())
    with pytest.raises(ClaimLost):
        execution._requeue(run, RunHandle(run, None), {"code": "database.away"})
    assert queries.get_run(run.id).status == "running"


def test_a_database_that_stays_away_is_told_to_the_log_with_the_result(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("update", {}, Exception("no route to host"))

    monkeypatch.setattr(service, "finish_claimed", away)
    monkeypatch.setattr(database_retry, "SECONDS_TO_WAIT_FOR_THE_DATABASE", 0.5)
    with registered(lambda handle: handle.count(processed=7, succeeded=7)):
        run = make_run(type=TEST)
        execution.execute(run.id)
    assert f"run {run.id} ({TEST}) ended as succeeded with {{'processed': 7, 'succeeded': 7}}" in caplog.text
    assert f"run {run.id} is left to housekeeping: the database stayed away (OperationalError)" in caplog.text


@pytest.mark.parametrize("resume", ["never", "anywhere"])
def test_so_is_what_a_handler_had_reached_that_lost_its_database(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, resume: Literal["never", "anywhere"]
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("select", {}, Exception("no route to host"))

    def lose(handle: RunHandle) -> None:
        handle.count(processed=3, succeeded=2, failed=1)
        handle.failure("unexpected_error", "client_secret=hunter2hunter2 refused")
        for name in ("finish_claimed", "requeue", "update_run"):
            monkeypatch.setattr(service, name, away)
        away()

    monkeypatch.setattr(database_retry, "SECONDS_TO_WAIT_FOR_THE_DATABASE", 0.5)
    with registered(lose, resume=resume):
        run = make_run(type=TEST)
        execution.execute(run.id)
    lines = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
    ends = {"never": "ended as failed", "anywhere": "was broken off"}
    assert [line.partition(" with ")[0] for line in lines] == [f"run {run.id} ({TEST}) {ends[resume]}"]
    assert "{'processed': 3, 'succeeded': 2, 'failed': 1}" in lines[0]
    assert ("refused" in lines[0], "hunter2" in caplog.text) == (True, False)


def test_a_run_whose_database_went_away_in_a_commit_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed commit leaves the session half-finished: it accepts nothing more until it is rolled back."""

    def away(*_: Any) -> None:
        raise db.engine.dialect.loaded_dbapi.OperationalError("server closed the connection")

    def lose(handle: RunHandle) -> None:
        db.session.execute(select(1))
        with monkeypatch.context() as patched:
            patched.setattr(db.engine.dialect, "do_commit", away)
            db.session.commit()

    with registered(lose, resume="anywhere"):
        run = make_run(type=TEST)
        execution.execute(run.id)
    assert queries.get_run(run.id).status == "queued"
    assert [line.reason for line in queries.transitions_of(run.id)][-1] == "database.away"


def lose_the_database(*_: Any) -> None:
    raise OperationalError("select", {}, Exception("no route to host"))


def test_a_run_that_was_asked_to_stop_is_not_handed_back_by_a_database_that_goes_away() -> None:
    def lose(handle: RunHandle) -> None:
        service.request_cancel(handle.run_id, Actor.worker("Ada"))
        assert handle.stop_requested()
        lose_the_database()

    run = run_through(lose, resume="anywhere")
    assert (run.status, run.failures[0].code) == ("completed", "database.away")


def test_a_run_whose_database_goes_away_time_and_again_is_handed_back_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(execution, "MOST_RETURNS_AFTER_OUTAGES", 2)
    statuses = []
    with registered(lose_the_database, resume="anywhere"):
        run = make_run(type=TEST)
        for _ in range(3):
            execution.execute(run.id)
            statuses.append(queries.get_run(run.id).status)
    assert statuses == ["queued", "queued", "completed"]
    assert queries.get_run(run.id).failures[0].code == "database.away"


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes this process give up, as if it were ending. The flag is reset for the next test."""
    monkeypatch.setattr(execution, "given_up", threading.Event())
    return execution.give_up


@pytest.mark.parametrize(
    ("resume", "is_asked_to_stop", "status"),
    [
        ("anywhere", False, "queued"),
        # Its handler may be in the middle of a request that writes to a tenant.
        ("checkpoint", False, "running"),
        ("never", False, "running"),
        ("anywhere", True, "running"),
    ],
)
def test_a_process_that_ends_hands_back_only_what_can_go_on_from_anywhere(
    ending: Callable[[], None], resume: str, is_asked_to_stop: bool, status: str
) -> None:
    found = []

    def work(handle: RunHandle) -> None:
        if is_asked_to_stop:
            service.request_cancel(handle.run_id, Actor.worker("Ada"))
            assert handle.stop_requested()
        ending()
        found.append(queries.get_run(handle.run_id).status)

    run = run_through(work, resume=resume)
    assert found == [status]
    assert run.status == ("completed" if status == "running" else "queued")


REPORTS: list[Callable[[RunHandle], object]] = [
    lambda handle: handle.count(processed=7),
    lambda handle: handle.failure("unexpected_error"),
    lambda handle: handle.update_context(backup_set_id=7),
    lambda handle: handle.slowed_down(60),
    lambda handle: handle.stop_requested(),
    lambda handle: handle.beat(),
    lambda handle: handle.settle(),
]


def test_whoever_has_taken_up_a_run_hears_nothing_of_the_handler_that_it_was_taken_from(
    ending: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_WRITES", 0)
    taken: list[Run | None] = []
    refused = []

    def go_on(handle: RunHandle) -> None:
        ending()
        taken.append(service.claim(queries.get_run(handle.run_id), Actor.worker("another worker")))
        for report in REPORTS:
            with pytest.raises(ClaimLost):
                report(handle)
            refused.append(report)

    # The handler then simply returns, which would otherwise end its run.
    run = run_through(go_on, resume="anywhere")
    assert (refused, taken) == (REPORTS, [run])
    assert run.status == "running"


def test_every_line_of_a_run_that_cannot_be_claimed_carries_its_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[Mapping[str, object]] = []

    def away(*_: Any, **__: Any) -> None:
        said.append(carried())
        raise OperationalError("update", {}, Exception("no route to host"))

    monkeypatch.setattr(execution, "find_claimable", away)
    monkeypatch.setattr(database_retry, "SECONDS_TO_WAIT_FOR_THE_DATABASE", 0.1)
    execution.execute(7)
    assert said[-1] == {"run_id": 7}
    assert "run 7 is left to housekeeping" in caplog.text


def test_a_handler_cannot_report_from_inside_a_transaction() -> None:
    def report_early(handle: RunHandle) -> None:
        with transaction():
            handle.count(processed=1)

    assert run_through(report_early).failures[0].message == "ReportedInTransaction"


def refuse_to_finish(*_: Any, **__: Any) -> None:
    raise InternalError("update", {}, Exception("the trigger of a site says no"))


def finish_elsewhere(run: Run, *_: Any, **__: Any) -> None:
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("System"), event=HistoryEvent.finished("worker.lost"))


@pytest.mark.parametrize(("finish", "raised"), [(refuse_to_finish, InternalError), (finish_elsewhere, None)])
def test_a_result_that_stands_nowhere_else_stands_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    finish: Callable[..., None],
    raised: type[Exception] | None,
) -> None:
    monkeypatch.setattr(service, "finish_claimed", finish)
    with registered(lambda handle: handle.count(processed=7, succeeded=7)):
        run = make_run(type=TEST)
        with pytest.raises(raised) if raised else nullcontext():
            execution.execute(run.id)
    assert f"run {run.id} ({TEST}) ended as succeeded with {{'processed': 7, 'succeeded': 7}}" in caplog.text
