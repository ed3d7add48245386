"""What an authentication strength allows, and what it demands of single methods: each is written by its own call."""

from ops_admin.graph.addresses import path_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import NOT_FOUND, GraphError
from ops_admin.graph.transport import JSONObject

_ALLOWED = "allowedCombinations"
_CONFIGURATIONS = "combinationConfigurations"
_APPLIES = "appliesToCombinations"
_Key = tuple[object, tuple[str, ...]]


def set_combinations(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    """Set which combinations are allowed. Configurations of others go first: they would be in the way."""
    wanted = body.get(_ALLOWED) or []
    methods = {method.strip() for each in wanted for method in str(each).split(",")}
    for each in live.get(_CONFIGURATIONS) or []:
        if not set(each.get(_APPLIES) or []) <= methods:
            _remove(client, item_path, each)
    client.post(f"{item_path}/updateAllowedCombinations", {_ALLOWED: wanted}, idempotent=True)


def write_configurations(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    """Make the configurations those of `body`. Can be repeated; raises GraphError."""
    present = {_key(each): each for each in live.get(_CONFIGURATIONS) or []}
    wanted = {_key(each): each for each in body.get(_CONFIGURATIONS) or []}
    for key in present.keys() - wanted.keys():
        _remove(client, item_path, present[key])
    for key, configuration in wanted.items():
        if key not in present:
            client.post(f"{item_path}/{_CONFIGURATIONS}", configuration)
        elif any(present[key].get(name) != value for name, value in configuration.items()):
            client.patch(_path(item_path, present[key]), configuration)


def _remove(client: GraphClient, item_path: str, configuration: JSONObject) -> None:
    try:
        client.delete(_path(item_path, configuration))
    except GraphError as error:
        if error.code != NOT_FOUND:  # already removed
            raise


def _path(item_path: str, configuration: JSONObject) -> str:
    return f"{item_path}/{_CONFIGURATIONS}/{path_of(str(configuration.get('id')))}"


def _key(configuration: JSONObject) -> _Key:
    """Return the kind of method and the combinations: a strength has one configuration for each."""
    return configuration.get("@odata.type"), tuple(sorted(configuration.get(_APPLIES) or []))
