"""The resource types of the simulated Microsoft Graph, one entry per type."""

from __future__ import annotations

from ops_admin.simulator.resources.access import CONDITIONAL_ACCESS, ROLES
from ops_admin.simulator.resources.apps import MANAGED_APP_POLICIES, MOBILE_APPS
from ops_admin.simulator.resources.configuration import CONFIGURATION
from ops_admin.simulator.resources.directory import CATALOGUES, DIRECTORY
from ops_admin.simulator.resources.enrollment import ENROLLMENT
from ops_admin.simulator.resources.parts import APPS
from ops_admin.simulator.resources.scripts import SCRIPTS
from ops_admin.simulator.shapes import Navigation, Resource

__all__ = ["ALL_MANAGED_APP_POLICIES", "BY_KEY", "MANAGED_APP_POLICIES", "RESOURCES", "find_resource"]

RESOURCES: tuple[Resource, ...] = (
    *CONFIGURATION,
    *SCRIPTS,
    *MOBILE_APPS,
    *MANAGED_APP_POLICIES,
    *ENROLLMENT,
    *CONDITIONAL_ACCESS,
    *ROLES,
    *DIRECTORY,
    *CATALOGUES,
)

ALL_MANAGED_APP_POLICIES = Resource(
    "managedAppPolicies",
    f"{APPS}/managedAppPolicies",
    "managedAppPolicy",
    polymorphic=True,
    navigations=dict.fromkeys(("apps", "assignments", "settings"), Navigation(in_list=False)),
    in_v1=True,
)
"""One address for all managed app policies, each stored under its own type."""

BY_KEY = {resource.key: resource for resource in RESOURCES}

_BY_PATH = {
    tuple(path.lower().split("/")): resource
    for resource in (*RESOURCES, ALL_MANAGED_APP_POLICIES)
    for path in (resource.path, *resource.aliases)
}
_LENGTHS = sorted({len(path) for path in _BY_PATH}, reverse=True)


def find_resource(segments: tuple[str, ...]) -> tuple[Resource, tuple[str, ...]] | None:
    """Return the type that a request path belongs to and the rest of the path, or None."""
    lowered = tuple(part.lower() for part in segments[: _LENGTHS[0]])
    for size in _LENGTHS:
        resource = _BY_PATH.get(lowered[:size])
        if resource is not None and len(segments) >= size:
            return resource, segments[size:]
    return None
