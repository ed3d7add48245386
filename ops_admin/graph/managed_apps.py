"""Policies for managed apps: the apps that they target, and the settings that they have from the catalog.

Such a policy targets apps that somebody chose, or a group of apps that Microsoft maintains. Graph shows the apps of a
group like chosen ones, although nobody can write them, and the group grows without anybody changing the policy.
"""

from ops_admin.graph.client import GraphClient
from ops_admin.graph.transport import JSONObject

_GROUP = "appGroupType"
_CHOSEN = "selectedPublicApps"
_APPS = "apps"
TARGETS = frozenset({_APPS, _GROUP})


def without_apps_of_group(content: JSONObject) -> JSONObject:
    """Return the policy without the apps that it has because it names a group of apps."""
    if content.get(_GROUP) in (None, _CHOSEN):
        return content
    return {name: value for name, value in content.items() if name != _APPS}


def target_apps(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    """Replace the apps that a policy targets. Idempotent."""
    group = {name: body[name] for name in (_GROUP,) if body.get(name)}
    client.post(f"{item_path}/targetApps", {_APPS: body.get(_APPS) or [], **group}, idempotent=True)


def change_settings(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    """Replace the settings of an app configuration. Idempotent."""
    client.post(f"{item_path}/changeSettings", {"settings": body.get("settings") or []}, idempotent=True)
