"""What a backup set can be (R42). Pure."""

from enum import StrEnum


class BackupStatus(StrEnum):
    """How far the capture of a set has come; only a set that is being captured ever changes."""

    CAPTURING = "capturing"
    COMPLETE = "complete"
    """Everything that was chosen is in it."""
    PARTIAL = "partial"
    """Everything that was chosen was tried; what could not be read is listed with its reason."""
    FAILED = "failed"
    """The capture ended before everything was tried, or nothing could be read."""


USABLE = (BackupStatus.COMPLETE, BackupStatus.PARTIAL)
"""Sets of which it is known what they hold: what a restore may begin with."""
