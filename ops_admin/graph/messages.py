"""The messages of a notification template, one for each language, which are written one by one."""

from ops_admin.graph.addresses import path_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import NOT_FOUND, GraphError
from ops_admin.graph.transport import JSONObject

_MESSAGES = "localizedNotificationMessages"
_LOCALE = "locale"


def write_messages(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    """Make the template's messages those of `body`. Can be repeated; raises GraphError.

    The default message comes first: only then can another be removed that was the default.
    """
    path = f"{item_path}/{_MESSAGES}"
    present = {_key(each): each for each in live.get(_MESSAGES) or []}
    wanted = {_key(each): each for each in body.get(_MESSAGES) or []}
    for key, message in sorted(wanted.items(), key=lambda pair: not pair[1].get("isDefault")):
        if key not in present:
            client.post(path, message)
        elif _differ(message, present[key]):
            sent = {name: value for name, value in message.items() if name != _LOCALE}
            client.patch(f"{path}/{path_of(str(present[key].get('id')))}", sent)
    for key in present.keys() - wanted.keys():
        try:
            client.delete(f"{path}/{path_of(str(present[key].get('id')))}")
        except GraphError as error:
            if error.code != NOT_FOUND:  # already removed
                raise


def _key(message: JSONObject) -> str:
    return str(message.get(_LOCALE)).lower()


def _differ(wanted: JSONObject, present: JSONObject) -> bool:
    return any(present.get(name) != value for name, value in wanted.items() if name != _LOCALE)
