"""The hash of assignments, by which versions and backups tell whether they changed. Pure (R42, R60)."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_READ_ONLY = frozenset({"id", "source", "sourceId", "lastModifiedDateTime"})
_FILTER = ("deviceAndAppManagementAssignmentFilterId", "deviceAndAppManagementAssignmentFilterType")


def assignments_hash(assignments: Iterable[Any]) -> str:
    """Return the SHA-256, in hex, of assignments. Their order and what Graph adds to them do not matter."""
    texts = sorted(json.dumps(_without_read_only(each), sort_keys=True) for each in assignments)
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _without_read_only(assignment: Any) -> Any:
    if not isinstance(assignment, dict):
        return assignment
    kept = {
        name: value
        for name, value in assignment.items()
        if name not in _READ_ONLY and ("@odata." not in name or name == "@odata.type")
    }
    target = kept.get("target")
    if isinstance(target, dict) and (not target.get(_FILTER[0]) or target.get(_FILTER[1]) in (None, "none")):
        target = {name: value for name, value in target.items() if name not in _FILTER}
    return {**kept, "target": target}
