"""The id of the tenant itself inside a policy, such as OneDrive's tenant id: another tenant has its own (R55). Pure."""

import re
from typing import Any

JSONObject = dict[str, Any]

# What people call a policy stays as it is: it is found by that name. Another organisation is the same one everywhere.
_KEPT = frozenset({"displayName", "name", "description"})
_OF_OTHERS = "externalTenants"


def with_directory_id(content: JSONObject, source_id: str, target_id: str) -> JSONObject:
    """Return the policy with the target's directory id in place of the source's; the argument is not changed."""
    pattern = re.compile(rf"(?<![0-9a-f-]){re.escape(source_id)}(?![0-9a-f-])", re.IGNORECASE)
    return {
        name: value if name in _KEPT else _replaced(name, value, pattern, target_id) for name, value in content.items()
    }


def _replaced(name: str, value: Any, pattern: re.Pattern[str], target_id: str) -> Any:
    if isinstance(value, str):
        return pattern.sub(target_id, value)
    if isinstance(value, list):
        return [_replaced(name, each, pattern, target_id) for each in value]
    if isinstance(value, dict) and name != _OF_OTHERS:
        return {inner: _replaced(inner, each, pattern, target_id) for inner, each in value.items()}
    return value
