"""Policy sets: what the service takes from the members of a set."""

from __future__ import annotations

from ops_admin.simulator.errors import model_failure
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

STATE = ("status", "errorCode")


def check_items(_tenant: Tenant, body: Document, _current: Document | None) -> None:
    """The state of an item is not written, as that of the set is not (microsoft-graph-docs #19751)."""
    for item in body.get("items") or []:
        for name in [name for name in STATE if name in item]:
            raise model_failure(f"Property '{name}' of 'items' is read-only and cannot be set.")
