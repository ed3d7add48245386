"""The tenant's audit log: `auditEvents`, which Intune keeps for its own types."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.people import Person
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Change, Tenant

EVENTS = "auditEvents"
MOST = 20_000
"""How many events a tenant keeps. The oldest are dropped."""
COMPUTED = frozenset({"lastModifiedDateTime", "version", "settingCount", "isAssigned"})


@dataclass(frozen=True)
class Actor:
    """Who did it: an application or a person."""

    kind: str
    name: str
    id: str


def application(app_id: str) -> Actor:
    """Return an application as an actor, by the id in its token."""
    return Actor("Application", "Application", app_id)


def person(who: Person) -> Actor:
    """Return a person who works in the portal as an actor."""
    return Actor("ItPro", who.user_principal_name, who.id)


def record(tenant: Tenant, actor: Actor, action: str | None = None, at: str | None = None) -> None:
    """Log what has changed since the last call. `action` names an OData action if one was called."""
    events = tenant.collection(EVENTS)
    for change in tenant.changes:
        if change.resource.is_intune:
            event = _event(change, actor, action, at or timestamp())
            events[event["id"]] = event
    tenant.changes.clear()
    for oldest in list(events)[: max(0, len(events) - MOST)]:
        del events[oldest]


def _event(change: Change, actor: Actor, action: str | None, moment: str) -> Document:
    document = change.after or change.before or {}
    kind = change.resource.type[:1].upper() + change.resource.type[1:]
    operation = _operation(change, action)
    activity = f"{action or operation} {kind}"
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{moment}/{document['id']}/{activity}/{len(change.resource.key)}")),
        "displayName": activity,
        "componentName": kind,
        "activity": None,
        "activityDateTime": moment,
        "activityType": activity,
        "activityOperationType": operation,
        "activityResult": "Success",
        "correlationId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{moment}/{document['id']}")),
        "category": _category(change),
        "actor": _shown(actor),
        "resources": [
            {
                "displayName": document.get(change.resource.name_field),
                "type": kind,
                "auditResourceType": kind,
                "resourceId": document["id"],
                "modifiedProperties": _modified(change),
            }
        ],
    }


def _operation(change: Change, action: str | None) -> str:
    if change.before is None:
        return "Create"
    if change.after is None:
        return "Delete"
    return "Action" if action else "Patch"


def _category(change: Change) -> str:
    if change.resource.path.startswith("deviceAppManagement"):
        return "Application"
    known = {"role": "Role", "deviceEnr": "Enrollment", "windowsAutopilot": "Enrollment", "deviceComp": "Compliance"}
    found = next((category for start, category in known.items() if change.resource.key.startswith(start)), None)
    return found or "DeviceConfiguration"


def _shown(actor: Actor) -> Document:
    by_person = actor.kind == "ItPro"
    return {
        "type": None,
        "auditActorType": actor.kind,
        "userPermissions": ["*"] if by_person else [],
        "applicationId": "5926fc8e-304e-4f59-8bed-58ca97cc39a4" if by_person else actor.id,
        "applicationDisplayName": "Microsoft Intune portal extension" if by_person else actor.name,
        "userPrincipalName": actor.name if by_person else None,
        "servicePrincipalName": None if by_person else actor.name,
        "ipAddress": None,
        "userId": actor.id if by_person else None,
        "userRoleScopeTags": [],
        "remoteTenantId": None,
        "remoteUserId": None,
    }


def _modified(change: Change) -> list[Document]:
    """Return the properties that differ, as texts; for new and removed objects only the name."""
    before, after = change.before, change.after
    if before is None or after is None:
        whole = after or before or {}
        name = change.resource.name_field
        old, new = (None, whole.get(name)) if after else (whole.get(name), None)
        return [{"displayName": name, "oldValue": old, "newValue": new}]
    names = [name for name in {**before, **after} if name not in COMPUTED and before.get(name) != after.get(name)]
    return [
        {"displayName": name, "oldValue": _text(before.get(name)), "newValue": _text(after.get(name))} for name in names
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)[:1024]
