"""The changes an update would make, as the preview stores them and the user sees them."""

import json
from typing import Any

from ops_admin.graph.bodies import changes_of, comparable
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.resources import PolicyType
from ops_admin.intune.policies.diffing import diff

MOST_CHANGES = 200
LONGEST_VALUE = 1000


def fingerprint(content: dict[str, Any], policy_type: PolicyType) -> str:
    """Return a hash that changes when somebody changes the policy in the tenant."""
    said = comparable(content, policy_type)
    # A null property and a missing one mean the same.
    return content_hash({name: value for name, value in said.items() if value is not None})


def describe_changes(wanted: dict[str, Any], live: dict[str, Any], policy_type: PolicyType) -> dict[str, Any]:
    """Return the columns of a finding that describe what writing `wanted` over `live` would change."""
    if not changes_of(wanted, live, policy_type):
        return {"changes": None, "changes_total": 0}
    names = _compared_names(wanted, live, policy_type)
    found = diff(_only(live, names), _only(wanted, names))
    rows = [
        {"path": each.path, "label": each.label, "before": _text(each.before), "after": _text(each.after)}
        for each in found[:MOST_CHANGES]
    ]
    # The update is necessary, so there is at least one change, even if the diff cannot show it.
    return {"changes": rows, "changes_total": max(1, len(found))}


def _compared_names(wanted: dict[str, Any], live: dict[str, Any], policy_type: PolicyType) -> frozenset[str]:
    """The properties that the update would set. A PATCH leaves properties alone that the backup lacks."""
    names = frozenset(comparable(wanted, policy_type))
    return names | frozenset(comparable(live, policy_type)) if policy_type.update_method == "PUT" else names


def _only(content: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name in names}


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
