"""Creates authentication contexts: a tenant has 99, named c1 to c99, of which some are in use."""

from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import CONFLICT, GraphError
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject

_IDS = [f"c{number}" for number in range(1, 100)]


def create_context(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Use the id in the body if it is free, because apps name it, and else the first that is. Raises GraphError.

    What is in use is asked for at once before the write, which would change a context with that id.
    """
    taken = {item.get("id") for item in client.items(policy_type.path, version=policy_type.version)}
    free = next((each for each in (body.get("id"), *_IDS) if each in _IDS and each not in taken), None)
    if free is None:
        raise GraphError(CONFLICT)
    sent = {name: value for name, value in body.items() if name != "id"}
    client.patch(policy_type.item_path(free), sent, version=policy_type.version)
    return {**sent, "id": free}
