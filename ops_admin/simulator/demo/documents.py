"""What the demo's documents share: ids, times, scope tags, and assignments."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

CORPORATE_FILTER = demo_id("contoso", "assignmentFilters", "Corporate Windows")
KIOSK_FILTER = demo_id("contoso", "assignmentFilters", "Kiosk devices")


def named(key: str, name: str, *, day: int, **properties: Any) -> Document:
    """Return a Contoso document called `name`. `day` (1 to 28) makes its times differ from the others'."""
    name_field = "name" if key in ("configurationPolicies", "compliancePolicies") else "displayName"
    return {
        "id": demo_id("contoso", key, name),
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


def assigned(document: Document, *targets: Document, **properties: Any) -> Document:
    """Return the document with one assignment per target. `properties` are the extra ones of app assignments."""
    owner = document["id"]
    rows = [_assignment(owner, target, properties) for target in targets]
    return {**document, "assignments": rows}


def _assignment(owner: str, target: Document, properties: dict[str, Any]) -> Document:
    suffix = target.get("groupId") or target["@odata.type"].rpartition(".")[2]
    return {"id": f"{owner}_{suffix}", "source": "direct", "sourceId": owner, **properties, "target": target}


def _target(kind: str, *, include: str | None = None, exclude: str | None = None, **fields: str) -> Document:
    filter_type = "include" if include else "exclude" if exclude else "none"
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "deviceAndAppManagementAssignmentFilterId": include or exclude,
        "deviceAndAppManagementAssignmentFilterType": filter_type,
        **fields,
    }
