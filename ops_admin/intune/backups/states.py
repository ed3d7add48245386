"""The statuses of a backup set (R42). Pure."""

from enum import StrEnum


class BackupStatus(StrEnum):
    """The status of a set. Only a set that is being captured changes."""

    CAPTURING = "capturing"
    COMPLETE = "complete"
    """Everything that was chosen was captured."""
    PARTIAL = "partial"
    """Everything that was chosen was tried. What could not be read is listed with the reason."""
    FAILED = "failed"
    """The capture ended before everything was tried, or nothing could be read."""


USABLE = (BackupStatus.COMPLETE, BackupStatus.PARTIAL)
"""Sets from which policies can be restored."""
