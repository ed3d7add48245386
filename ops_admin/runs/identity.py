"""What makes two starts the same run (R5)."""

import hashlib
import json
from collections.abc import Mapping


def canonical_json(value: object) -> str:
    """Return the canonical JSON of `value`: sorted keys, no white space.

    Raises TypeError for values that are not JSON.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def identity_hash(type_key: str, scope: str, inputs: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of a run's type, scope and identity inputs.

    `scope` names the tenant or workspace ("tenant:5"). A list among the inputs is a selection, so its order and any
    duplicates do not matter.
    """
    identity = {"type": type_key, "scope": scope, "inputs": {key: _selection(inputs[key]) for key in inputs}}
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()


def _selection(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return sorted({canonical_json(item) for item in value})
    return value
