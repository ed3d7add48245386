"""The ledger behaves like a small model, in whatever order people, workers and housekeeping act (R2, R5, R44, R48).

Every step is one action of one process. Actions that overlap in reality are two steps, each of which keeps what it saw
before: a worker with its handle, a housekeeper with its finding, a message delivered twice. `make model` explores
longer.
"""

import itertools
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import db, transaction
from ops_admin.infra.extensions import huey
from ops_admin.runs import column_values, controls, dispatch, handle, queries, service
from ops_admin.runs.handle import ClaimLost, RunHandle, StopRequested
from ops_admin.runs.history import EventType, Transition
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.states import MOVES, Outcome, Status
from ops_admin.runs.tasks import run_operation
from ops_admin.runs.worker import execution, reconciler
from ops_admin.runs.worker.reconciler import Finding
from tests.runs.ledger_model import (
    COOLDOWN,
    LOST_AFTER,
    MOST_DISPATCHES,
    MOST_RESTARTS,
    STUCK_AFTER,
    Clock,
    Identity,
    ModelLedger,
    ModelRun,
    outcome_of,
)
from tests.runs.operations import registered
from tests.support.factories import make_member, make_tenant, make_workspace

PLAIN, COOL = "model.plain", "model.cool"
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "25"))
KNOWN_CLOCK = (column_values, service, dispatch, reconciler, handle)

clock = Clock()

pytestmark = [pytest.mark.usefixtures("app_context"), pytest.mark.timeout(60 + EXAMPLES * 10)]


@pytest.fixture(autouse=True)
def our_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control the clock, and remove the pauses between reports."""
    for module in KNOWN_CLOCK:
        monkeypatch.setattr(module, "utcnow", clock)
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_WRITES", 0)
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_STOP_CHECKS", 0)


@pytest.fixture(autouse=True)
def operations() -> Iterator[None]:
    """An operation that is restarted after a lost worker, and one with a cooldown."""
    with (
        registered(work, key=PLAIN, identity_inputs=("name",), restarts=MOST_RESTARTS),
        registered(work, key=COOL, identity_inputs=("name",), cooldown=COOLDOWN, is_stale=has_changed_since),
    ):
        yield


def test_the_ledger_agrees_with_its_model() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def work(handle: RunHandle) -> None:
    """The handler, for a worker that processes a message in one go: does what the run's input says."""
    succeeded, failed = PLANS[handle.run_id]
    handle.progress(total=succeeded + failed, processed=succeeded + failed, succeeded=succeeded, failed=failed)
    handle.checkpoint()


PLANS: dict[int, tuple[int, int]] = {}

CHANGED: dict[tuple[int | None, object], datetime] = {}
"""When what an operation works on last changed, by tenant and name."""


def has_changed_since(run: Run) -> bool:
    """Whether a success no longer counts (R22)."""
    changed = CHANGED.get((run.tenant_id, run.inputs["name"]))
    return changed is not None and run.completed_at is not None and changed > run.completed_at


def _status(stored: str | None) -> Status | None:
    return Status(stored) if stored is not None else None


def _goes_back(line: Transition) -> bool:
    return (line.from_status, line.to_status) == ("running", "queued")


class Worker:
    """A worker that has claimed a run, and what it believes."""

    def __init__(self, run: Run, name: str, claim: int) -> None:
        self.run, self.run_id, self.name = run, run.id, name
        self.claim = claim
        self.handle = RunHandle(run, None)
        self.done = 0


class Ledger(RuleBasedStateMachine):
    """People, workers and housekeeping, each step compared with what the model expects."""

    messages = Bundle("messages")
    workers = Bundle("workers")
    findings = Bundle("findings")

    names = st.sampled_from(["a", "b"])
    amounts = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        huey.storage.flush_queue()
        self.model = ModelLedger()
        workspace = make_workspace()
        self.tenants = [make_tenant(workspace) for _ in range(2)]
        self.workspace_id = workspace.id
        self.user = make_member(self.tenants[0], Role.OWNER)
        self.seen: dict[int, tuple[int, Any]] = {}
        self.clerks = 0

    @initialize(target=workers)
    def begin(self) -> Any:
        """Start with two runs of a user, one of them claimed, since the interesting cases begin there."""
        self.start(COOL, 0, "a", by_user=True)
        self.start(PLAIN, 0, "a", by_user=True)
        first = self.deliver()
        self.deliver()
        return self.claim(first)

    # --- people

    @rule(operation=st.sampled_from([PLAIN, COOL]), tenant=st.integers(0, 1), name=names, by_user=st.booleans())
    def start(self, operation: str, tenant: int, name: str, by_user: bool) -> None:
        """Somebody clicks, or a schedule is due."""
        chosen = self.tenants[tenant]
        by_user = by_user and tenant == 0  # the user has no role on the other tenant
        actor = Actor.user(self.user) if by_user else Actor.system()
        started = dispatch.start(operation, actor=actor, tenant_id=chosen.id, inputs={"name": name})
        self._expect_start(started, (operation, chosen.id, name), self.user.id if by_user else None)

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data())
    def start_again(self, data: st.DataObject) -> None:
        """Somebody starts an ended run again."""
        run_id = self._any_run(data)
        run, expected = queries.get_run(run_id), self.model.runs[run_id]
        if run.tenant_id != self.tenants[0].id:
            return
        if expected.is_active:
            with pytest.raises(controls.StillActive):
                controls.start_again(run, self.user)
        else:
            self._expect_start(controls.start_again(run, self.user), expected.identity, self.user.id)

    @precondition(lambda self: self.model.runs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Somebody requests a stop."""
        run_id = self._any_run(data)
        asked = service.request_cancel(run_id, Actor.worker("Ada"))
        assert (asked is not None) == self.model.runs[run_id].ask_to_stop(clock())

    @rule(worker=workers)
    def change(self, worker: Worker) -> None:
        """What an operation works on changes right after the operation, and somebody starts it again (R22)."""
        self.finish(worker, 1, 0)
        operation, tenant_id, name = self.model.runs[worker.run_id].identity
        CHANGED[tenant_id, name] = clock()
        self.start(operation, int(tenant_id != self.tenants[0].id), name, by_user=False)

    # --- workers

    @rule(target=messages)
    def deliver(self) -> Any:
        """The queue delivers a message. It may be executed at once, later, twice, or never, if its worker dies."""
        task = huey.dequeue()
        return int(task.args[0]) if task is not None else multiple()

    @rule(target=workers, run_id=messages)
    def claim(self, run_id: int) -> Any:
        """A worker takes a message that it or another one has had before."""
        self.clerks += 1
        name = f"worker {self.clerks}"
        run = service.claim(queries.get_run(run_id), Actor.worker(name))
        assert (run is not None) == self.model.runs[run_id].claim()
        assert service.claim(queries.get_run(run_id), Actor.worker("one that had the message as well")) is None
        return Worker(run, name, self.model.runs[run_id].claims) if run is not None else multiple()

    @rule(run_id=messages, succeeded=amounts, failed=amounts)
    def execute(self, run_id: int, succeeded: int, failed: int) -> None:
        """A worker processes a message in one go."""
        PLANS[run_id] = (succeeded, failed)
        expected = self.model.runs[run_id]
        execution.execute(run_id)
        if expected.claim():
            total = succeeded + failed
            expected.counts = {"total": total, "processed": total, "succeeded": succeeded, "failed": failed}
            expected.end(outcome_of(succeeded, failed), clock())

    @rule(worker=workers, amount=amounts)
    def report(self, worker: Worker, amount: int) -> None:
        """A worker reports, however late. Reports about an ended run are ignored."""
        expected = self.model.runs[worker.run_id]
        try:
            worker.handle.progress(processed=worker.done + amount - 1)
        except ClaimLost:
            assert not expected.is_held(worker.claim)
            return
        assert expected.is_held(worker.claim)
        worker.done = max(worker.done, worker.done + amount - 1)
        expected.counts = dict(worker.handle.counts)

    @rule(worker=workers)
    def pause(self, worker: Worker) -> None:
        """A worker reaches a checkpoint: it sends a heartbeat and learns whether it should stop."""
        expected = self.model.runs[worker.run_id]
        if worker.handle.cancel_requested:
            return
        try:
            worker.handle.checkpoint()
        except ClaimLost:
            assert not expected.is_held(worker.claim)
        except StopRequested:
            assert expected.stop_asked
        else:
            assert expected.is_held(worker.claim)
            assert not expected.stop_asked

    @rule(worker=workers, succeeded=amounts, failed=amounts)
    def finish(self, worker: Worker, succeeded: int, failed: int) -> None:
        """A worker writes the end, possibly twice or long after it was given up on."""
        expected = self.model.runs[worker.run_id]
        counts = {"processed": worker.done, "succeeded": succeeded, "failed": failed}
        outcome = outcome_of(succeeded, failed)
        ended = service.finish(
            worker.run_id, Outcome(outcome), actor=Actor.worker(worker.name), counts=counts, claim=worker.run.claim
        )
        assert (ended is not None) == expected.is_held(worker.claim)
        if ended is not None:
            expected.counts = counts
            expected.end(outcome, clock())

    @rule(worker=workers)
    def relate(self, worker: Worker) -> None:
        """A worker names a record that it made, however late. Only the holder of the claim is heard."""
        expected = self.model.runs[worker.run_id]
        try:
            worker.handle.update_context(made_by=worker.name)
        except ClaimLost:
            assert not expected.is_held(worker.claim)
        else:
            assert expected.is_held(worker.claim)
            assert queries.get_run(worker.run_id).context["made_by"] == worker.name

    @rule(worker=workers)
    def attempt_again(self, worker: Worker) -> None:
        """A worker starts another attempt of its run; the counts of the last one are discarded (R6)."""
        expected = self.model.runs[worker.run_id]
        begun = service.begin_attempt(worker.run, expected.attempt + 1, Actor.worker(worker.name), "graph.timeout")
        assert (begun is not None) == expected.is_held(worker.claim)
        if begun is not None:
            expected.attempt, expected.counts = expected.attempt + 1, {}
            worker.handle, worker.done = RunHandle(begun, None), 0

    @rule(worker=workers)
    def requeue(self, worker: Worker) -> None:
        """A worker is told to stop and requeues its run. Its handler may still try to write, in vain."""
        expected = self.model.runs[worker.run_id]
        with transaction():
            back = service.requeue(worker.run, Actor.worker(worker.name), {"code": "worker.stopped"})
            if back is not None:
                run_operation(worker.run_id)
        assert (back is not None) == expected.is_held(worker.claim)
        if back is not None:
            expected.status, expected.counts = "queued", {}

    # --- housekeeping

    @rule(minutes=st.sampled_from([0.5, 1.5, 3, 20]))
    def time_passes(self, minutes: float) -> None:
        """Time passes without anybody acting."""
        clock.advance(timedelta(minutes=minutes))

    @rule(target=findings)
    def look(self) -> Any:
        """A housekeeper checks the runs and will act on what it saw: at once, later, or alongside a second one."""
        return multiple(*self._look())

    @rule(finding=consumes(findings))
    def repair(self, finding: Finding) -> None:
        """A housekeeper repairs what it saw, unless the run has moved on since."""
        self._repair(finding)

    @rule(worker=workers, move=st.sampled_from(["pause", "report", "finish", "cancel"]))
    def race(self, worker: Worker, move: str) -> None:
        """A worker that was silent for too long speaks up between the check and the repair."""
        clock.advance(timedelta(minutes=3))
        found = self._look()
        if move == "pause":
            self.pause(worker)
        elif move == "report":
            self.report(worker, 2)
        elif move == "finish":
            self.finish(worker, 1, 0)
        else:
            asked = service.request_cancel(worker.run_id, Actor.worker("Ada"))
            assert (asked is not None) == self.model.runs[worker.run_id].ask_to_stop(clock())
        for finding in found:
            self._repair(finding)

    # --- what always holds

    @invariant()
    def every_row_is_as_the_model_says(self) -> None:
        """The ledger and the model agree, and no revision decreases."""
        rows = self._rows("select * from operation_runs where workspace_id = :w order by id")
        assert [row.id for row in rows] == sorted(self.model.runs)
        for row in rows:
            expected, run = self.model.runs[row.id], queries.get_run(row.id)
            assert (run.status, run.outcome, run.attempt) == (expected.status, expected.outcome, expected.attempt)
            assert run.counts == expected.counts
            assert run.user_id == expected.user_id
            assert (run.cancel_requested_at is not None) == expected.stop_asked
            assert (run.completed_at is not None) == (not expected.is_active)
            self._moves_forward(row)

    @invariant()
    def the_history_leads_to_the_row(self) -> None:
        """Each line starts where the last one ended and makes an allowed move (R2). An end is the last of them."""
        for run_id, expected in self.model.runs.items():
            lines = queries.transitions_of(run_id)
            assert lines[0].from_status is None
            assert lines[0].to_status == "queued"
            assert all(line.from_status == before.to_status for before, line in itertools.pairwise(lines))
            moves = [line for line in lines if line.from_status != line.to_status]
            assert all(line.to_status in MOVES[_status(line.from_status)] for line in moves)
            assert all(line.is_of(EventType.REQUEUED) == _goes_back(line) for line in moves)
            assert (lines[-1].to_status, lines[-1].outcome) == (expected.status, expected.outcome)
            ends = [line for line in lines if line.to_status == "completed" != line.from_status]
            assert len(ends) == (0 if expected.is_active else 1)

    @invariant()
    def who_started_a_run_is_told_of_its_end_once(self) -> None:
        """One notification for each ended run of a user, and none for any other (R28)."""
        rows = self._rows("select operation_run_id, user_id from notifications where workspace_id = :w order by 1")
        ended = [(run_id, run.user_id) for run_id, run in sorted(self.model.runs.items()) if not run.is_active]
        assert [tuple(row) for row in rows] == [(run_id, user) for run_id, user in ended if user is not None]

    def teardown(self) -> None:
        """Whatever happened, once nobody works any more, housekeeping ends everything in bounded time (R48)."""
        for _ in range(MOST_DISPATCHES + MOST_RESTARTS * (MOST_DISPATCHES + 1) + 3):
            huey.storage.flush_queue()
            clock.advance(timedelta(minutes=3))
            for finding in list(reconciler.findings(self.workspace_id)):
                reconciler.repair(finding)
        db.session.rollback()
        left = self._rows("select id from operation_runs where workspace_id = :w and status <> 'completed'")
        assert not left

    # --- how the model knows

    def _look(self) -> list[Finding]:
        now, waiting = clock(), self._waiting()
        found = {finding.run.id: finding for finding in reconciler.findings(self.workspace_id) if finding}
        expected = {run_id: code for run_id in self.model.runs if (code := self._diagnosis(run_id, now, waiting))}
        assert {run_id: finding.code for run_id, finding in found.items()} == expected
        return list(found.values())

    def _repair(self, finding: Finding) -> None:
        expected = self.model.runs[finding.run.id]
        untouched = queries.get_run(finding.run.id).revision == finding.run.revision
        assert (reconciler.repair(finding) is not None) == untouched
        if not untouched:
            return
        if finding.code == reconciler.DISPATCH:
            expected.dispatches += 1
            return
        stopped = finding.code == "worker.lost" and expected.stop_asked
        expected.end("cancelled" if stopped else "failed", clock())
        if finding.code == "worker.lost":
            self._expect_restart(finding.run.id)

    def _expect_start(self, started: dispatch.Started, identity: Identity, user_id: int | None) -> None:
        changed = CHANGED.get(identity[1:], datetime.min.replace(tzinfo=UTC))
        recent = self.model.recent(identity, max(clock() - COOLDOWN, changed)) if identity[0] == COOL else None
        active = self.model.active(identity)
        if recent is not None:
            assert (started.answer, started.run.id) == ("recent", recent)
        elif active is not None:
            assert (started.answer, started.run.id) == ("active", active)
        else:
            assert started.answer == "created"
            assert started.run.id not in self.model.runs
            assert started.run.id in self._waiting(), "a run without its message (R11)"
            self.model.runs[started.run.id] = ModelRun(identity, user_id)

    def _expect_restart(self, run_id: int) -> None:
        lost = self.model.runs[run_id]
        db.session.rollback()
        [*new] = [
            row.id
            for row in self._rows("select id from operation_runs where workspace_id = :w")
            if row.id not in self.model.runs
        ]
        due = lost.identity[0] == PLAIN and lost.restarts < MOST_RESTARTS and not lost.stop_asked
        assert len(new) == int(due)
        for successor in new:
            self.model.runs[successor] = ModelRun(lost.identity, lost.user_id, restarts=lost.restarts + 1)

    def _diagnosis(self, run_id: int, now: Any, waiting: frozenset[int]) -> str | None:
        run = queries.get_run(run_id)
        expected = self.model.runs[run_id]
        if expected.status == "running":
            assert run.heartbeat_at is not None
            return "worker.lost" if run.heartbeat_at < now - LOST_AFTER else None
        if expected.status != "queued" or run_id in waiting or run.updated_at > now - STUCK_AFTER:
            return None
        return reconciler.DISPATCH if expected.dispatches < MOST_DISPATCHES else "run.stuck_queued"

    def _waiting(self) -> frozenset[int]:
        messages = [json.loads(bytes(item))["message"] for item in huey.storage.enqueued_items()]
        return frozenset(int(message["args"][0]) for message in messages)

    def _any_run(self, data: st.DataObject) -> int:
        return int(data.draw(st.sampled_from(sorted(self.model.runs))))

    def _moves_forward(self, row: Any) -> None:
        """A changed row has a higher revision, and an ended one never changes again."""
        values = tuple(map(str, row))
        before = self.seen.get(row.id)
        if before is not None and before[1] != values:
            assert row.revision > before[0]
            assert "completed" not in before[1], "an ended run has changed"
        self.seen[row.id] = (row.revision, values)

    def _rows(self, query: str) -> list[Any]:
        db.session.rollback()  # to read past an older snapshot
        return list(db.session.execute(text(query), {"w": self.workspace_id}))
