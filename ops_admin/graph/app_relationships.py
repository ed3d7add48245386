"""How apps are related: what an app depends on, and what it supersedes.

Graph shows more of a relationship than it takes: facts about the other app, which change with that one.
"""

from ops_admin.graph.client import GraphClient
from ops_admin.graph.transport import JSONObject

RELATIONSHIPS = "relationships"
_OWN = frozenset({"@odata.type", "targetId", "dependencyType", "supersedenceType"})


def with_own_facts(content: JSONObject) -> JSONObject:
    """Return an app whose relationships say only what an administrator chose."""
    rows = content.get(RELATIONSHIPS)
    if not isinstance(rows, list):
        return content
    own = [{name: row[name] for name in row if name in _OWN} if isinstance(row, dict) else row for row in rows]
    return {**content, RELATIONSHIPS: own}


def update_relationships(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    """Replace what an app depends on and supersedes: both at once, or one erases the other. Idempotent."""
    rows = body.get(RELATIONSHIPS) or []
    client.post(f"{item_path}/updateRelationships", {RELATIONSHIPS: rows}, idempotent=True)
