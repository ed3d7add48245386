"""A pack follows its run, each change in the transaction of the run's: the two never disagree (R23, R46)."""

from ops_admin.reviews import storage
from ops_admin.reviews.queries import find_pack_of_run
from ops_admin.reviews.states import PackStatus
from ops_admin.runs import service
from ops_admin.runs.catalog import Mirrored
from ops_admin.runs.events import RunEvent
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome, Status

REVIEW_PACK_GENERATE_KEY = "review_pack.generate"

_GOOD = (Outcome.SUCCEEDED, Outcome.PARTIALLY_SUCCEEDED)


def admit(run: Run) -> bool:
    """Write the pack along with its run; a run that was found has its pack already, and is queued already."""
    pack_id = storage.open_pack(run)
    if pack_id is None:
        return False
    service.add_to_context(run.id, review_pack_id=pack_id)
    return True


def mirrored(run: Run) -> Mirrored:
    """Say what the pack of a run says, for housekeeping (R48)."""
    pack = find_pack_of_run(run.id)
    if pack is None:
        return Mirrored("missing")
    if pack.is_active:
        return Mirrored("under_way")
    return Mirrored("ended", Outcome.FAILED if pack.status == PackStatus.FAILED else Outcome.SUCCEEDED)


def follow_run(event: RunEvent) -> None:
    """Move a pack along with its run, inside the transaction of the run's change."""
    run = event.run
    if run.status == Status.RUNNING:
        storage.begin_generating(run.id)
    elif run.status == Status.QUEUED:
        storage.queue_again(run.id)
    elif run.status == Status.COMPLETED and run.outcome in _GOOD:
        storage.finish_pack(run.id)
    elif run.status == Status.COMPLETED:
        storage.fail_pack(run.id, _reason(run))


def _reason(run: Run) -> str:
    """Return the code of what went wrong, so that the pack can say it when its run is long gone."""
    if run.outcome == Outcome.CANCELLED:
        return str(Outcome.CANCELLED)
    return run.failures[0].code if run.failures else ""
