"""A set follows its run: however that ends, no set stays behind that looks as if it were still being captured."""

from ops_admin.intune.backups.storage import abandon_set_of_run
from ops_admin.runs import events
from ops_admin.runs.events import RunCompleted, RunEvent

BACKUP_CREATE_KEY = "backup.create"


def init_app() -> None:
    """End the set of a backup that was cancelled, failed, or lost its worker, in the transaction that ends the run."""
    events.subscribe_in_transaction(RunCompleted, _abandon)


def _abandon(event: RunEvent) -> None:
    if event.run.type == BACKUP_CREATE_KEY:
        abandon_set_of_run(event.run.id)
