"""Policy sets: what Graph accepts of their items, and how they are changed. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from ops_admin.graph.transport import JSONObject

ITEMS = "items"
_TAGS = "guidedDeploymentTags"
_PAYLOAD = "payloadId"
# All else the service takes from what the item leads to (IntuneManagement: Start-PreImportPolicySets).
_WRITTEN = ("@odata.type", _PAYLOAD, "intent", "settings")


def accepted_policy_set(body: JSONObject) -> JSONObject:
    """Return a policy set with those properties of its items that a write accepts.

    Graph shows an empty text where there are no tags, and takes only a list.
    """
    whole = body if isinstance(body.get(_TAGS, []), list) else {**body, _TAGS: []}
    items = whole.get(ITEMS)
    return {**whole, ITEMS: [_accepted(each) for each in items]} if isinstance(items, list) else whole


def changes_of_items(wanted: Iterable[JSONObject], present: Iterable[JSONObject]) -> Mapping[str, list[Any]]:
    """Return the parameters of `update` that make the present items the wanted ones."""
    wanted_by_id = {each.get(_PAYLOAD): _accepted(each) for each in wanted}
    present_by_id = {each.get(_PAYLOAD): each for each in present}
    return {
        "addedPolicySetItems": [each for payload, each in wanted_by_id.items() if payload not in present_by_id],
        "updatedPolicySetItems": [
            {**each, "id": present_by_id[payload].get("id")}
            for payload, each in wanted_by_id.items()
            if payload in present_by_id and each != _accepted(present_by_id[payload])
        ],
        "deletedPolicySetItems": [
            each.get("id") for payload, each in present_by_id.items() if payload not in wanted_by_id
        ],
    }


def _accepted(item: JSONObject) -> JSONObject:
    tags = item.get(_TAGS)
    kept = {name: item[name] for name in _WRITTEN if item.get(name) is not None}
    return {**kept, _TAGS: tags} if isinstance(tags, list) and tags else kept
