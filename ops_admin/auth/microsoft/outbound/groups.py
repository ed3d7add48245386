"""Groups of the directory, read with the user's own token (R47)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ops_admin.graph.addresses import V1, path_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import NOT_FOUND, GraphError
from ops_admin.graph.paging import NEXT_LINK, rows_of

PAGE_SIZE = 20
_SELECT = "id,displayName,description"
_EVENTUAL = {"ConsistencyLevel": "eventual"}


@dataclass(frozen=True)
class FoundGroup:
    """A group as Graph shows it to this user."""

    external_id: str
    name: str
    description: str


@dataclass(frozen=True)
class Found:
    """One page of a search, and the link to the next."""

    groups: tuple[FoundGroup, ...]
    next_link: str | None


def search_groups(client: GraphClient, text: str) -> Found:
    """Return the first groups with words in their name that begin like those of `text`, or the group with that id.

    Raises GraphError.
    """
    group_id = _find_uuid(text)
    if group_id:
        return _find_one(client, group_id)
    params = {"$search": search_clause(text), "$select": _SELECT, "$top": str(PAGE_SIZE)}
    return _found(client.get("groups", version=V1, params=params, headers=_EVENTUAL))


def more_groups(client: GraphClient, link: str) -> Found:
    """Return the page behind `link`; raises GraphError."""
    return _found(client.get_linked(link, headers=_EVENTUAL))


def read_my_group_ids(client: GraphClient) -> list[str]:
    """Return the ids of all groups of the user, including nested ones; raises GraphError."""
    params = {"$select": "id", "$top": "999"}
    rows = client.items("me/transitiveMemberOf", version=V1, params=params)
    return [row["id"] for row in rows if isinstance(row.get("id"), str)]


def search_clause(text: str) -> str:
    r"""Quote the user's input: inside the quotes of `$search`, `\` and `"` would end or change the clause."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"displayName:{escaped}"'


def _find_one(client: GraphClient, group_id: str) -> Found:
    try:
        return Found((_group(client.get(path_of("groups", group_id), version=V1, params={"$select": _SELECT})),), None)
    except GraphError as error:
        if error.code == NOT_FOUND:
            return Found((), None)
        raise


def _found(page: Mapping[str, Any]) -> Found:
    link = page.get(NEXT_LINK)
    groups = tuple(_group(row) for row in rows_of(dict(page)) if isinstance(row.get("id"), str))
    return Found(groups, link if isinstance(link, str) else None)


def _group(row: Mapping[str, Any]) -> FoundGroup:
    group_id = str(row["id"])
    name = " ".join(str(row.get("displayName") or "").split())[:256]
    return FoundGroup(group_id, name or group_id, str(row.get("description") or "")[:300])


def _find_uuid(text: str) -> str | None:
    try:
        return str(UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None
