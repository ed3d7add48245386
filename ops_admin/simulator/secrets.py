"""Secrets that Graph accepts and never returns: OMA values, settings catalog secrets, wireless keys."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from typing import Any

from ops_admin.simulator.shapes import Document

OMA = "#microsoft.graph.omaSetting"
# What replaces the value: asterisks for text, a placeholder for XML and files (CIPP #5410).
MASKS = {f"{OMA}String": "****", f"{OMA}Base64": "****", f"{OMA}StringXml": "PGEvPg=="}
SEALED = "#microsoft.graph.deviceManagementConfigurationSecretSettingValue"
HIDDEN = "encryptedValueToken"
PRE_SHARED_KEY = "preSharedKey"
TOKENS = uuid.UUID("c1f0a5f4-8d0e-4c0c-9a57-0b6c0a3b2f11")


def conceal(document: Document, secrets: dict[str, str]) -> Document:
    """Return the document without its secret values, which are added to `secrets`.

    Texts of custom settings have been encrypted since 2021, whatever they say (IntuneManagement #29). The settings
    catalog returns a token instead of the value, and a wireless network only that it has a key.
    """
    concealed = document
    if document.get("omaSettings"):
        rows = [_concealed_oma(document["id"], row, secrets) for row in document["omaSettings"]]
        concealed = {**concealed, "omaSettings": rows}
    if document.get(PRE_SHARED_KEY):
        secrets[f"{document['id']}/{PRE_SHARED_KEY}"] = document[PRE_SHARED_KEY]
        shown = {"preSharedKeyIsSet": True} if "preSharedKeyIsSet" in document else {}
        concealed = {**concealed, PRE_SHARED_KEY: None, **shown}
    if any(secret_values(document)):
        parts = {name: concealed[name] for name in ("settings", "settingInstance") if name in concealed}
        concealed = {**concealed, **_with_tokens(document["id"], parts, secrets)}
    return concealed


def secret_values(document: Document) -> Iterator[Document]:
    """Yield the secret values among a policy's settings, at any depth."""
    waiting: list[Any] = [document.get("settings"), document.get("settingInstance")]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            if each.get("@odata.type") == SEALED:
                yield each
            waiting.extend(value for value in each.values() if isinstance(value, dict | list))


def _concealed_oma(owner: str, row: Document, secrets: dict[str, str]) -> Document:
    mask = MASKS.get(row.get("@odata.type", ""))
    if mask is None or row.get("value") is None or row.get("secretReferenceValueId"):
        return row
    reference = f"{owner}_{_key(owner, 'omaSettings')}_{_key(owner, row.get('omaUri'), row['value'])}"
    secrets[reference] = _plain(row)
    return {**row, "value": mask, "isEncrypted": True, "secretReferenceValueId": reference}


def _plain(row: Document) -> str:
    """Return the value as `getOmaSettingPlainTextValue` does: XML as text, although it is written as base64."""
    if row["@odata.type"] != f"{OMA}StringXml":
        return str(row["value"])
    try:
        return base64.b64decode(row["value"], validate=True).decode()
    except ValueError:
        return str(row["value"])


def _with_tokens(owner: str, node: Any, secrets: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_with_tokens(owner, each, secrets) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("@odata.type") == SEALED and node.get("valueState") == HIDDEN:
        # A token of another tenant, which cannot be decrypted here.
        return node if node.get("value") in secrets else {**node, "valueState": "invalid"}
    if node.get("@odata.type") == SEALED and node.get("valueState") == "notEncrypted":
        token = _key(owner, "settings", node.get("value"))
        secrets[token] = str(node.get("value"))
        return {**node, "value": token, "valueState": HIDDEN}
    return {name: _with_tokens(owner, value, secrets) for name, value in node.items()}


def _key(*names: object) -> str:
    """Return a token that differs between policies but is always the same, to keep the demo reproducible."""
    return str(uuid.uuid5(TOKENS, "/".join(str(name) for name in names)))
