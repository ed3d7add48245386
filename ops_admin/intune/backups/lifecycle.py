"""A set follows its run: however that ends, no set stays behind that looks as if it were still being captured."""

from ops_admin.intune.backups.storage import abandon_set_of_run
from ops_admin.runs.events import RunEvent

BACKUP_CREATE_KEY = "backup.create"


def abandon_set(event: RunEvent) -> None:
    """End the set of a backup that was cancelled, failed, or lost its worker, in the transaction that ends the run."""
    if event.run.type == BACKUP_CREATE_KEY:
        abandon_set_of_run(event.run.id)
