"""Files that nobody may download any more, and how they go (R46, R48)."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ops_admin.config import Settings
from ops_admin.infra.file_storage import disk_of
from ops_admin.infra.file_storage.disks import DiskUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Leftover:
    """A file that expired or was never finished. `record_id` is the row that holds its path."""

    record_id: int
    disk: str
    path: str


def delete_leftovers(
    settings: Settings, kind: str, leftovers: Iterable[Leftover], forget: Callable[[int], None]
) -> int:
    """Delete files, then let `forget(record_id)` note that each is gone. Returns how many were deleted.

    Safe to repeat, and from several processes at once: deleting a file twice is not an error, and after a crash in
    between the next round starts with the same file. A file on an unreachable disk stays, with a warning that calls it
    the file of a `kind` ("review pack"), and does not hold up the others.
    """
    deleted = 0
    for leftover in leftovers:
        try:
            disk_of(settings, leftover.disk).delete(leftover.path)
        except DiskUnavailable as error:
            logger.warning("the file of %s %s stays for now: %s", kind, leftover.record_id, error)
        else:
            forget(leftover.record_id)
            deleted += 1
    return deleted
