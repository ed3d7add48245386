"""Enrollment: priorities of configurations, and names of deployment profiles."""

from __future__ import annotations

from ops_admin.simulator.enrollment_order import rivals
from ops_admin.simulator.errors import GraphError, bad_request, intune_message
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant


def check_priority(tenant: Tenant, body: Document, current: Document | None) -> None:
    """Raise 409 for a new configuration whose priority is taken within its kind. The default has 0."""
    wanted = body.get("priority")
    if current is None and wanted is not None and wanted in [each["priority"] for each in rivals(tenant, body)]:
        raise GraphError(409, "Conflict", intune_message(f"An enrollment configuration with priority {wanted} exists."))


def check_name(_tenant: Tenant, body: Document, _current: Document | None) -> None:
    """The name of a deployment profile has no hyphen (Microsoft365DSC #3892, IntuneManagement: Copy…)."""
    if "-" in str(body.get("displayName", "")):
        raise bad_request("DisplayName contains characters that are not allowed.", intune=True)
