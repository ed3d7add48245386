"""Bulk actions on stored policies and versions. Every batch is one short transaction, and a run can be repeated."""

from collections.abc import Callable, Sequence

from ops_admin.intune.operations import tenant_of
from ops_admin.intune.policies import changes
from ops_admin.intune.policies.changes import Done
from ops_admin.intune.policies.codes import POLICY_NOT_FOUND, VERSION_IS_NEWEST, VERSION_NOT_FOUND
from ops_admin.intune.policies.operations.choosing import batches, chosen_ids
from ops_admin.runs.handle import RunHandle

Change = Callable[[int, Sequence[int]], Done]

# Small enough not to delay other writers, large enough to change 10,000 policies within seconds.
BATCH = 200


def ignore(handle: RunHandle) -> None:
    """Ignore the selected policies."""
    _change_all(handle, changes.ignore_policies, "updated", POLICY_NOT_FOUND)


def unignore(handle: RunHandle) -> None:
    """Stop ignoring the selected policies."""
    _change_all(handle, changes.unignore_policies, "updated", POLICY_NOT_FOUND)


def delete(handle: RunHandle) -> None:
    """Delete the selected policies from the console."""
    _change_all(handle, changes.delete_policies, "deleted", POLICY_NOT_FOUND)


def archive_versions(handle: RunHandle) -> None:
    """Archive the chosen versions."""
    _change_all(handle, changes.archive_versions, "updated", VERSION_NOT_FOUND)


def restore_versions(handle: RunHandle) -> None:
    """Take the chosen versions out of the archive."""
    _change_all(handle, changes.restore_versions, "updated", VERSION_NOT_FOUND)


def delete_versions(handle: RunHandle) -> None:
    """Delete the chosen versions."""
    _change_all(handle, changes.delete_versions, "deleted", VERSION_NOT_FOUND)


def _change_all(handle: RunHandle, change: Change, counted: str, not_found: str) -> None:
    """Change every chosen row. Rows that need no change, as after a worker died, count as `skipped`."""
    ids = chosen_ids(handle)
    begin = handle.take_up(total=len(ids), processed=0, succeeded=0, failed=0, skipped=0)
    for batch in batches(ids[begin:], BATCH):
        done = change(tenant_of(handle).id, batch)
        for code, number in ((not_found, done.missing), (VERSION_IS_NEWEST, done.newest)):
            if number:
                handle.failure(code, count=number)
        handle.count(
            processed=len(batch),
            succeeded=done.changed,
            skipped=done.unchanged,
            failed=done.missing + done.newest,
            **{counted: done.changed},
        )
        handle.checkpoint()
