"""What the demo's documents share: ids, times, scope tags, and assignments."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

CORPORATE_FILTER = demo_id("contoso", "assignmentFilters", "Corporate Windows")
KIOSK_FILTER = demo_id("contoso", "assignmentFilters", "Kiosk devices")
SIZE = 32
"""Width and height of a picture in pixels."""


def named(key: str, name: str, *, day: int, tenant: str = "contoso", **properties: Any) -> Document:
    """Return a document called `name`. `day` (1 to 28) makes its times differ from others."""
    name_field = "name" if key in ("configurationPolicies", "compliancePolicies") else "displayName"
    return {
        "id": demo_id(tenant, key, name),
        "createdDateTime": f"2024-{day % 12 + 1:02}-{day:02}T09:{day:02}:12.3456780Z",
        "lastModifiedDateTime": f"2025-{day % 12 + 1:02}-{day:02}T14:{day + 20:02}:55.8765430Z",
        name_field: name,
        "description": "",
        "roleScopeTagIds": ["0"],
        **properties,
    }


def to_group(name: str, **filtered: str) -> Document:
    """Target the members of a group. `include` or `exclude` names an assignment filter."""
    return _target("groupAssignmentTarget", groupId=contoso_group(name), **filtered)


def without_group(name: str) -> Document:
    """Exclude the members of a group."""
    return _target("exclusionGroupAssignmentTarget", groupId=contoso_group(name))


def to_all_devices(**filtered: str) -> Document:
    """Target all managed devices."""
    return _target("allDevicesAssignmentTarget", **filtered)


def to_all_users(**filtered: str) -> Document:
    """Target all licensed users."""
    return _target("allLicensedUsersAssignmentTarget", **filtered)


def picture(red: int, green: int, blue: int) -> Document:
    """Return a picture of one color in the form of Graph's icons and logos."""
    rows = b"".join(b"\0" + bytes((red, green, blue)) * SIZE for _ in range(SIZE))
    header = struct.pack(">2I5B", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    image = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)
    return {"type": "image/png", "value": base64.b64encode(image).decode()}


def encoded(text: str) -> str:
    """Return a text in the form in which Graph takes files."""
    return base64.b64encode(text.encode()).decode()


def without_times(document: Document, *names: str) -> Document:
    """Return the document without properties that its type lacks."""
    return {name: value for name, value in document.items() if name not in names}


def assigned(document: Document, *targets: Document, **properties: Any) -> Document:
    """Return the document with one assignment per target. `properties` are added to each."""
    owner = document["id"]
    rows = [{"id": f"{owner}_{_suffix(target)}", **properties, "target": target} for target in targets]
    return {**document, "assignments": rows}


def from_policy(document: Document, *targets: Document) -> Document:
    """Return the document with assignments that name their source."""
    return assigned(document, *targets, source="direct", sourceId=document["id"])


def _suffix(target: Document) -> str:
    return str(target.get("groupId") or target["@odata.type"].rpartition(".")[2])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _target(kind: str, *, include: str | None = None, exclude: str | None = None, **fields: str) -> Document:
    filter_type = "include" if include else "exclude" if exclude else "none"
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "deviceAndAppManagementAssignmentFilterId": include or exclude,
        "deviceAndAppManagementAssignmentFilterType": filter_type,
        **fields,
    }
