"""Branding: parts of the default profile cannot be changed."""

from __future__ import annotations

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

CLOSED = ("profileName", "profileDescription")


def check_default(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Its name and description cannot be changed (IntuneManagement: Start-PreUpdateIntuneBranding)."""
    if current is None or not current.get("isDefaultProfile"):
        return
    for name in CLOSED:
        if name in body:
            raise bad_request(f"Property '{name}' of the default profile cannot be changed.", intune=True)
