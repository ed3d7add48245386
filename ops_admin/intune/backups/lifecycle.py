"""A set follows its run: however that ends, no set stays behind that looks as if it were still being captured."""

from ops_admin.intune.backups.storage import abandon_set_of_run
from ops_admin.runs.events import RunEvent
from ops_admin.runs.states import Status

BACKUP_CREATE_KEY = "backup.create"


def follow_run(event: RunEvent) -> None:
    """End the set of a backup that was cancelled, failed, or lost its worker, in the transaction that ends the run."""
    if event.run.status == Status.COMPLETED:
        abandon_set_of_run(event.run.id)
