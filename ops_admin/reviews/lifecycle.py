"""A pack follows its run in the run's own transactions, so that the two never disagree (R23, R46)."""

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
    """Create the pack with its run; False if the run has a pack, and so is queued, already."""
    pack_id = storage.open_pack(run)
    if pack_id is None:
        return False
    service.add_to_context(run.id, review_pack_id=pack_id)
    return True


def mirrored(run: Run) -> Mirrored:
    """Return the state of a run's pack, for housekeeping (R48)."""
    pack = find_pack_of_run(run.id)
    if pack is None:
        return Mirrored("missing")
    if pack.is_active:
        return Mirrored("under_way")
    return Mirrored("ended", Outcome.FAILED if pack.status == PackStatus.FAILED else Outcome.SUCCEEDED)


def follow_run(event: RunEvent) -> None:
    """Move a pack along with its run, in the transaction that changes the run."""
    run = event.run
    if run.status == Status.RUNNING:
        storage.begin_generating(run.id)
    elif run.status == Status.QUEUED:
        storage.queue_again(run.id)
    elif run.status == Status.COMPLETED and run.outcome in _GOOD:
        storage.finish_pack(run.id)
    elif run.status == Status.COMPLETED:
        # Stored with the pack, because the run may be pruned.
        code = run.failures[0].code if run.failures else ""
        storage.fail_pack(run.id, str(Outcome.CANCELLED) if run.outcome == Outcome.CANCELLED else code)
