"""Reads properties that Graph shows at an address of their own only, such as the pictures of a branding profile."""

from collections.abc import Sequence

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest, BatchResponse
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import Draft
from ops_admin.graph.errors import NOT_FOUND
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject

_NO_CONTENT = 204


def read_apart(client: GraphClient, policy_type: PolicyType, drafts: Sequence[Draft]) -> None:
    """Add these properties to each draft; null if there is none. A draft that cannot be read in full gets the error."""
    wanted = [(draft, name) for draft in drafts if not draft.error for name in policy_type.apart]
    requests = (
        BatchRequest(str(number), f"{draft.path}/{path_of(name)}") for number, (draft, name) in enumerate(wanted)
    )
    for (draft, name), response in zip(wanted, client.batch(requests, version=policy_type.version), strict=True):
        with draft.attempt():
            draft.content[name] = _value(response)


def _value(response: BatchResponse) -> JSONObject | None:
    """Return the value; Graph has several ways to say that there is none."""
    is_missing = response.error is not None and response.error.code == NOT_FOUND
    if is_missing or response.status == _NO_CONTENT:
        return None
    found = {name: value for name, value in response.json_object().items() if "@odata." not in name}
    return found if found.get("value") else None
