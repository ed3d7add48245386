"""What was captured of one policy, and the hash of a whole set. Pure (R42)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_READ_ONLY = frozenset({"id", "source", "sourceId"})
_FILTER = ("deviceAndAppManagementAssignmentFilterId", "deviceAndAppManagementAssignmentFilterType")

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
    return _sha256(sorted([text or "" for text in each] for each in hashes))


def assignments_hash(assignments: Iterable[Any]) -> str:
    """Return the SHA-256, in hex, of assignments without what Graph adds to them, in any order."""
    return _sha256(sorted(json.dumps(_without_read_only(each), sort_keys=True) for each in assignments))


def is_damaged(assignments: Any, captured_hash: str | None) -> bool:
    """Whether assignments are others than those of which the hash was taken; where none were captured there is none."""
    if not isinstance(assignments, list):
        return assignments is not None or captured_hash is not None
    try:
        return assignments_hash(assignments) != captured_hash
    except RecursionError:
        return True


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _without_read_only(assignment: Any) -> Any:
    if not isinstance(assignment, dict):
        return assignment
    kept = {name: value for name, value in assignment.items() if name not in _READ_ONLY and not _is_of_reply(name)}
    return {**kept, "target": _without_empty_filter(kept.get("target"))}


def _is_of_reply(name: str) -> bool:
    return "@odata." in name and name != "@odata.type"


def _without_empty_filter(target: Any) -> Any:
    if not isinstance(target, dict) or (target.get(_FILTER[0]) and target.get(_FILTER[1]) not in (None, "none")):
        return target
    return {name: value for name, value in target.items() if name not in _FILTER}
