"""The states of a review pack (R46). Pure."""

from enum import StrEnum


class PackStatus(StrEnum):
    """The state of a review pack; it follows its run until that ends, and its file afterwards."""

    QUEUED = "queued"
    GENERATING = "generating"
    READY = "ready"
    """Its file can be downloaded until `expires_at`."""
    FAILED = "failed"
    """Its run failed or was cancelled; there is no file."""
    EXPIRED = "expired"
    """Its file was removed; the row stays."""


ACTIVE = (PackStatus.QUEUED, PackStatus.GENERATING)
