"""Scope tags: the default one belongs to the service."""

from __future__ import annotations

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant


def check_tag(_tenant: Tenant, _body: Document, current: Document | None) -> None:
    """Tools leave out the built-in tag (IntuneManagement: `isBuiltIn eq false`)."""
    if current is not None and current.get("isBuiltIn"):
        raise bad_request("The built-in scope tag cannot be changed.", intune=True)
