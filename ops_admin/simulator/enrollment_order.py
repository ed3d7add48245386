"""The priority of enrollment configurations, counted within each kind."""

from __future__ import annotations

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

RESOURCE = BY_KEY["deviceEnrollmentConfigurations"]


def rivals(tenant: Tenant, document: Document) -> list[Document]:
    """Return the configurations of the same type (and platform, for restrictions) in order of priority."""
    kind = (document.get("@odata.type"), document.get("platformType"))
    held = tenant.collection(RESOURCE.key).values()
    same = [each for each in held if (each.get("@odata.type"), each.get("platformType")) == kind]
    return sorted(same, key=lambda each: int(each.get("priority") or 0))


def last_priority(tenant: Tenant, document: Document) -> int:
    """Return the priority of a new configuration: after all others."""
    return max((int(each.get("priority") or 0) for each in rivals(tenant, document)), default=0) + 1


def move(tenant: Tenant, document: Document, priority: int) -> None:
    """Set a configuration's priority and shift the others. Raises 400 for the default and for no change.

    The service refuses the priority that a configuration already has (Microsoft365DSC, pull request 4295).
    """
    others = [each for each in rivals(tenant, document) if each["id"] != document["id"] and each["priority"] > 0]
    if document["priority"] == 0 or priority == document["priority"] or not 0 < priority <= len(others) + 1:
        raise bad_request(f"The priority {priority} is not valid for this configuration.", intune=True)
    ordered = [*others[: priority - 1], document, *others[priority - 1 :]]
    for place, each in enumerate(ordered, start=1):
        if each["priority"] != place:
            tenant.replace(RESOURCE, {**each, "priority": place})
