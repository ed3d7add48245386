"""Reads the plain values of encrypted custom settings, where Graph allows it (R56).

Graph shows stars, or a placeholder of XML, and a reference. `getOmaSettingPlainTextValue` tells the value behind it, to
applications that may also write.
"""

import base64
from collections.abc import Sequence

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import is_storable
from ops_admin.graph.errors import FORBIDDEN, REFUSALS, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject
from ops_admin.redaction.secret_places import ENCRYPTED, OMA_ROWS, REFERENCE, XML


def tell_plain_values(
    client: GraphClient, policy_type: PolicyType, contents: Sequence[JSONObject | None]
) -> list[JSONObject | GraphError | None]:
    """Return the policies with the plain values of their encrypted custom settings, as far as Graph tells them.

    A policy whose values could not be read this time has the error instead: without them it would look changed. After a
    refusal, which holds for the whole tenant, the client does not ask again.
    """
    asked = [
        (place, number, row[REFERENCE])
        for place, content in enumerate(contents)
        for number, row in enumerate(_rows(content))
        if isinstance(row.get(REFERENCE), str) and row[REFERENCE]
    ]
    found: list[JSONObject | GraphError | None] = list(contents)
    if not asked or client.secrets_refused.is_set():
        return found
    requests = (
        BatchRequest(str(index), _call(policy_type, contents[place], reference))
        for index, (place, _, reference) in enumerate(asked)
    )
    for (place, number, _), response in zip(asked, client.batch(requests, version=policy_type.version), strict=True):
        policy = found[place]
        if not isinstance(policy, dict):
            continue
        if response.error is not None and response.error.code in REFUSALS:  # the value stays unknown
            if response.error.code == FORBIDDEN:
                client.secrets_refused.set()
            continue
        value = response.body.get("value") if isinstance(response.body, dict) else None
        if response.error is not None or not isinstance(value, str) or not is_storable(value):
            found[place] = response.error or GraphError(UNEXPECTED_RESPONSE)
        else:
            found[place] = _with_value(policy, number, value)
    return found


def _rows(content: JSONObject | None) -> list[JSONObject]:
    rows = content.get(OMA_ROWS) if content else None
    return [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []


def _call(policy_type: PolicyType, content: JSONObject | None, reference: str) -> str:
    call = f"getOmaSettingPlainTextValue(secretReferenceValueId='{path_of(reference.replace(chr(39), chr(39) * 2))}')"
    return f"{policy_type.item_path(str((content or {}).get('id', '')))}/{call}"


def _with_value(policy: JSONObject, number: int, value: str) -> JSONObject:
    """Put a value in, in the form in which it is written: XML is told as text and written as base64."""
    rows = list(policy[OMA_ROWS])
    row = {name: inner for name, inner in rows[number].items() if name not in (ENCRYPTED, REFERENCE)}
    is_xml = str(row.get("@odata.type", "")).endswith(XML)
    rows[number] = {**row, "value": base64.b64encode(value.encode()).decode() if is_xml else value}
    return {**policy, OMA_ROWS: rows}
