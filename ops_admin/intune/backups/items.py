"""Captured policies, and the hashes of assignments and sets. Pure (R42)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ops_admin.intune.assignment_hashes import assignments_hash

Hashes = tuple[str, str, str | None, str | None]
"""Type, external id, content hash and assignments hash of one item."""


@dataclass(frozen=True)
class CapturedItem:
    """One policy as it was in the tenant; DbBackupItem says when a field is None."""

    type: str
    external_id: str
    name: str
    content: dict[str, Any] | None = None
    content_hash: str | None = None
    assignments: list[dict[str, Any]] | None = None
    assignments_hash: str | None = None
    failure_code: str | None = None
    assignments_failure_code: str | None = None
    sealed_secrets: str | None = field(default=None, repr=False)
    unknown_secrets: int | None = None
    references: list[dict[str, Any]] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything was captured."""
        return self.failure_code is None and self.assignments_failure_code is None


def set_hash(hashes: Iterable[Hashes]) -> str:
    """Return the SHA-256, in hex, over the hashes of all items of a set. It changes if any item changes."""
    return _sha256(sorted([text or "" for text in each] for each in hashes))


def is_damaged(assignments: Any, captured_hash: str | None) -> bool:
    """Whether assignments no longer match the hash from the capture (None if none were captured)."""
    if not isinstance(assignments, list):
        return assignments is not None or captured_hash is not None
    try:
        return assignments_hash(assignments) != captured_hash
    except RecursionError:
        return True


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
