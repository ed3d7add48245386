"""Definition values of administrative templates, in the form that `/updateDefinitionValues` expects."""

from typing import Any

from ops_admin.graph.client import GraphClient
from ops_admin.graph.transport import JSONObject

_DEFINITION = "definition"
_DEFINITION_BIND = "definition@odata.bind"
_PRESENTATION = "presentation"
_PRESENTATION_BIND = "presentation@odata.bind"
_DEFINITIONS = "deviceManagement/groupPolicyDefinitions"


def plan_changes(client: GraphClient, wanted: list[JSONObject], live: list[JSONObject]) -> JSONObject:
    """Return the request body that turns the live values (with ids) into the wanted ones."""
    present = {_definition_id(value): value for value in live}
    named = {_definition_id(value) for value in wanted}
    new = [value for value in wanted if _definition_id(value) not in present]
    kept = [value for value in wanted if _definition_id(value) in present]
    return {
        "added": [_linked(client, value) for value in new],
        "updated": [_updated(client, value, present[_definition_id(value)]) for value in kept],
        "deletedIds": [value["id"] for name, value in present.items() if name not in named],
    }


def _updated(client: GraphClient, value: JSONObject, live: JSONObject) -> JSONObject:
    """Return a value that replaces a live one: it and the fields that it keeps carry their ids."""
    ids = {_presentation_id(each): each.get("id") for each in live.get("presentationValues") or []}
    linked = _linked(client, value)
    rows = value.get("presentationValues") or []
    fields = [
        {**sent, **({"id": ids[_presentation_id(row)]} if _presentation_id(row) in ids else {})}
        for row, sent in zip(rows, linked.get("presentationValues") or [], strict=True)
    ]
    return {**linked, "presentationValues": fields, "id": live["id"]}


def _linked(client: GraphClient, value: JSONObject) -> JSONObject:
    definition_id = _definition_id(value)
    if definition_id is None:
        return value
    definition = f"{client.address(_DEFINITIONS)}('{definition_id}')"
    own = {name: inner for name, inner in value.items() if name not in (_DEFINITION, "presentationValues")}
    presented = [_linked_presentation(definition, each) for each in value.get("presentationValues") or []]
    return {**own, _DEFINITION_BIND: definition, "presentationValues": presented}


def _linked_presentation(definition: str, value: JSONObject) -> JSONObject:
    presentation = value.get(_PRESENTATION)
    if not isinstance(presentation, dict):
        return value
    own = {name: inner for name, inner in value.items() if name != _PRESENTATION}
    return {**own, _PRESENTATION_BIND: f"{definition}/presentations('{presentation.get('id')}')"}


def _presentation_id(value: JSONObject) -> Any:
    presentation = value.get(_PRESENTATION)
    if isinstance(presentation, dict):
        return presentation.get("id")
    link = value.get(_PRESENTATION_BIND)
    return link.rpartition("presentations('")[2].partition("'")[0] if isinstance(link, str) else None


def _definition_id(value: JSONObject) -> Any:
    definition = value.get(_DEFINITION)
    if isinstance(definition, dict):
        return definition.get("id")
    link = value.get(_DEFINITION_BIND)
    return link.rpartition("groupPolicyDefinitions('")[2].partition("'")[0] if isinstance(link, str) else None
