"""Which status may follow which (R2) is defined once, in `states.MOVES`; the writer and the history keep to it."""

from collections.abc import Callable

import pytest

from ops_admin.infra.database import utcnow
from ops_admin.runs import queries, service
from ops_admin.runs.history import ANNOTATIONS, EventType, HistoryEvent
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Run
from ops_admin.runs.states import MOVES, ImpossibleMove, Outcome, Status
from tests.support.factories import WORKER, claim, make_completed_run, make_run, make_running_run

pytestmark = pytest.mark.usefixtures("app_context")

ADA = Actor.worker("Ada")
FORWARD = [
    (None, Status.QUEUED),
    (Status.QUEUED, Status.RUNNING),
    (Status.QUEUED, Status.COMPLETED),
    (Status.RUNNING, Status.COMPLETED),
]
BACK = (Status.RUNNING, Status.QUEUED)
MAKERS: dict[Status, Callable[[], Run]] = {
    Status.QUEUED: make_run,
    Status.RUNNING: make_running_run,
    Status.COMPLETED: make_completed_run,
}


def test_a_run_goes_forward_and_a_worker_alone_may_put_it_back() -> None:
    moves = {(before, after) for before, following in MOVES.items() for after in following}
    assert moves == {*FORWARD, BACK}
    assert set(MOVES) == {None, *Status}


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
def test_the_writer_makes_the_moves_of_the_table_and_no_other(before: Status, after: Status) -> None:
    run = MAKERS[before]()
    outcome = Outcome.FAILED if after is Status.COMPLETED else Outcome.PENDING
    changes = {"status": after, "outcome": outcome, "completed_at": utcnow()}

    def move() -> Run | None:
        return service.update_run(run.id, expect=[before], changes=changes, tell=None)

    if (before, after) in (*FORWARD, BACK):
        moved = move()
        assert moved is not None
        assert moved.status == after
    else:
        with pytest.raises(ImpossibleMove):
            move()
        assert queries.get_run(run.id).status == before


def test_a_change_that_would_be_impossible_for_one_of_the_expected_is_refused() -> None:
    run = make_running_run()

    with pytest.raises(ImpossibleMove):
        service.update_run(run.id, expect=[Status.QUEUED, Status.RUNNING], changes={"status": "running"}, tell=None)


def waiting() -> Run:
    return make_run(context={AWAITS_DECISION: True})


def asked_to_stop(run: Run) -> Run:
    service.request_cancel(run.id, ADA)
    return run


def requeued() -> Run:
    run = make_running_run()
    service.requeue(run, WORKER, {"code": "worker.stopped"})
    return run


def attempted_again() -> Run:
    run = make_running_run()
    service.begin_attempt(run, 2, WORKER, "graph.timeout")
    return run


def reassigned() -> Run:
    run = waiting()
    service.reassign(run.id, ADA)
    return run


def dispatched_again() -> Run:
    run = make_run()
    service.dispatch_again(run, ADA)
    return run


def ended_before_it_began() -> Run:
    run = make_run()
    service.finish(run.id, Outcome.FAILED, actor=ADA, event=HistoryEvent.finished("x.y"), expect=[Status.QUEUED])
    return run


WRITES: list[tuple[EventType, tuple[Status | None, Status], Callable[[], Run]]] = [
    (EventType.CREATED, (None, Status.QUEUED), make_run),
    (EventType.PREPARED, (None, Status.QUEUED), waiting),
    (EventType.CLAIMED, (Status.QUEUED, Status.RUNNING), make_running_run),
    (EventType.ATTEMPT_BEGUN, (Status.RUNNING, Status.RUNNING), attempted_again),
    (EventType.REQUEUED, BACK, requeued),
    (EventType.CLAIMED, (Status.QUEUED, Status.RUNNING), lambda: claim(requeued())),
    (EventType.REASSIGNED, (Status.QUEUED, Status.QUEUED), reassigned),
    (EventType.DISPATCHED_AGAIN, (Status.QUEUED, Status.QUEUED), dispatched_again),
    (EventType.CANCEL_REQUESTED, (Status.RUNNING, Status.RUNNING), lambda: asked_to_stop(make_running_run())),
    (EventType.CANCELLED_BEFORE_START, (Status.QUEUED, Status.COMPLETED), lambda: asked_to_stop(make_run())),
    (EventType.FINISHED, (Status.RUNNING, Status.COMPLETED), make_completed_run),
    (EventType.FINISHED, (Status.QUEUED, Status.COMPLETED), ended_before_it_began),
]


@pytest.mark.parametrize(("event_type", "move", "write"), WRITES)
def test_each_line_of_history_tells_the_move_that_was_made(
    event_type: EventType, move: tuple[Status | None, Status], write: Callable[[], Run]
) -> None:
    last = queries.transitions_of(write().id)[-1]

    assert last.is_of(event_type)
    assert (last.from_status, last.to_status) == move
    assert move[0] == move[1] or move[1] in MOVES[move[0]]


def test_every_line_that_the_writer_can_write_is_looked_at_above() -> None:
    # A run of an earlier system was never moved here: it is stored as it was (R9).
    assert {event_type for event_type, _, _ in WRITES} == set(EventType) - ANNOTATIONS - {EventType.IMPORTED}
