"""What was captured of one policy, and the hash of a whole set. Pure (R42)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ops_admin.intune.assignments.mapping import without_read_only

Hashes = tuple[str, str, str | None, str | None]
"""Type, external id, content hash and assignments hash of one item."""


@dataclass(frozen=True)
class CapturedItem:
    """One policy as the tenant showed it; see DbBackupItem for what is None when."""

    type: str
    external_id: str
    name: str
    content: dict[str, Any] | None = None
    content_hash: str | None = None
    assignments: list[dict[str, Any]] | None = None
    failure_code: str | None = None
    assignments_failure_code: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return self.failure_code is None and self.assignments_failure_code is None


def assignments_hash(assignments: Iterable[dict[str, Any]] | None) -> str | None:
    """Return the SHA-256, in hex, of assignments without what Graph adds to them, in any order; None for none known."""
    if assignments is None:
        return None
    return _sha256(sorted(_canonical_json(each) for each in without_read_only(assignments)))


def set_hash(hashes: Iterable[Hashes]) -> str:
    """Return the SHA-256, in hex, over the hashes of all items of a set: it holds as long as not one item changes."""
    return _sha256(sorted([text if text is not None else "" for text in each] for each in hashes))


def _sha256(value: object) -> str:
    return hashlib.sha256(_canonical_json(value).encode()).hexdigest()


def _canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
