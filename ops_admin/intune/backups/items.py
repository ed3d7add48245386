"""What was captured of one policy, and the hash of a whole set. Pure (R42)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
    assignments_hash: str | None = None
    failure_code: str | None = None
    assignments_failure_code: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return self.failure_code is None and self.assignments_failure_code is None


def set_hash(hashes: Iterable[Hashes]) -> str:
    """Return the SHA-256, in hex, over the hashes of all items of a set: it holds as long as not one item changes."""
    return hashlib.sha256(json.dumps(sorted([text or "" for text in each] for each in hashes)).encode()).hexdigest()
