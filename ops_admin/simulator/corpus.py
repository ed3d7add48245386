"""Loads exported policies from a folder, one sub-folder per type key, in the form that Graph serves."""

from __future__ import annotations

import codecs
import json
import uuid
from pathlib import Path
from typing import Any

from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

NAMESPACE = uuid.UUID("5b0c5c1e-8f0b-4d53-9f0a-3f1c5a0c9b11")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CorpusError(ValueError):
    """A folder or file of the corpus is unusable. The text names it."""


def load_corpus(folder: Path, tenant: Tenant) -> None:
    """Replace the tenant's policies with those of the folder. Groups and catalogues stay. Raises `CorpusError`."""
    kinds = _type_folders(folder)
    for key in [key for key in tenant.collections if key != "groups" and not BY_KEY[key].read_only]:
        del tenant.collections[key]
    tenant.collections.pop("auditEvents", None)
    for kind in kinds:
        for path in sorted(kind.glob("*.json")):
            _add_file(tenant, kind.name, path)
    tenant.changes.clear()


def read_export(path: Path) -> Document:
    """Read one exported policy in any encoding, without annotations that Graph does not send."""
    try:
        document = json.loads(_decode(path.read_bytes()))
    except (ValueError, OSError) as error:
        raise CorpusError(f"cannot read {path}: {error}") from error
    if not isinstance(document, dict):
        raise CorpusError(f"cannot read {path}: a policy must be a JSON object, not {type(document).__name__}")
    cleaned: Document = _clean(document)
    return cleaned


def _type_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder")
    kinds = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    for kind in kinds:
        if kind.name not in BY_KEY:
            raise CorpusError(f"{kind}: '{kind.name}' is not a resource type; known are {', '.join(BY_KEY)}")
    if not kinds:
        raise CorpusError(f"{folder} holds no folder that is named by a resource type")
    return kinds


def _add_file(tenant: Tenant, key: str, path: Path) -> None:
    document = read_export(path)
    if not BY_KEY[key].polymorphic:
        # Also full metadata: Graph does not name the type where only one is possible.
        document.pop("@odata.type", None)
    name_field = BY_KEY[key].name_field
    if not isinstance(document.get(name_field), str):
        raise CorpusError(f"cannot read {path}: it has no '{name_field}'")
    if document.get("id") is None or document["id"] in tenant.collection(key):
        document["id"] = str(uuid.uuid5(NAMESPACE, f"{key}/{path.name}"))
    tenant.add(key, [document])


def _decode(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding)
    return data.decode("utf-8")


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items() if not _is_noise(name)}
    return value


def _is_noise(name: str) -> bool:
    """Whether an annotation is full metadata, which Graph sends only on request: actions, links, contexts, primitive
    types.

    An object's `@odata.type` is kept, because it names the derived type. So is `@odata.bind`, which the store resolves
    to the definition that Graph serves.
    """
    if name.startswith("#"):
        return True
    owner, at, annotation = name.partition("@odata.")
    return bool(at) and annotation != "bind" and not (owner == "" and annotation == "type")
