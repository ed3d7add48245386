"""A backup set follows its run: when the run ends, the set is not left as `capturing`."""

from ops_admin.intune.backups.storage import abandon_set_of_run
from ops_admin.runs.events import RunEvent
from ops_admin.runs.states import Status


def follow_run(event: RunEvent) -> None:
    """Mark the set of an ended run as failed if it is still being captured, in the transaction that ends the run."""
    if event.run.status == Status.COMPLETED:
        abandon_set_of_run(event.run.id)
