"""Named locations: which can be made, and what they consist of."""

from __future__ import annotations

from collections.abc import Mapping

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

NEEDED: Mapping[str, str] = {"ipNamedLocation": "ipRanges", "countryNamedLocation": "countriesAndRegions"}
"""What a location of each kind needs. Administrators create only these two kinds (graph-rest: namedLocation)."""


def check_location(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Other kinds belong to the service: the compliant network to Global Secure Access (Microsoft365DSC #3679)."""
    kind = str(body.get("@odata.type") or (current or {}).get("@odata.type")).rpartition(".")[2]
    if kind not in NEEDED:
        raise GraphError(400, "BadRequest", f"Named locations of type '{kind}' cannot be created or changed.")
    name = NEEDED[kind]
    if not body.get(name) and (current is None or name in body):
        raise GraphError(400, "BadRequest", f"1042: '{name}' must not be empty.")
