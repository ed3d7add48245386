"""Ids of another tenant that are refused. All others are accepted, and then have no effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ops_admin.simulator.errors import GraphError, bad_request
from ops_admin.simulator.references import Reference, is_known, references_in
from ops_admin.simulator.refusals.words import access_error, malformed, unexplained
from ops_admin.simulator.schema.literals import GUID
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

REFUSED: Mapping[str, Callable[[str], GraphError]] = {
    # Conditional Access: msgraph-sdk-powershell #3089 and CIPP #4194 (locations), CIPP #3614 (groups),
    # Microsoft365DSC #4774 (terms of use) and #5390 (applications without a service principal), IntuneManagement #148.
    "accessApp": lambda _id: malformed(),
    "accessGroup": lambda item_id: access_error(1054, f"Invalid group value: {item_id}."),
    "accessUser": lambda _id: malformed(),
    "authenticationContext": lambda _id: malformed(),
    "authenticationStrength": lambda _id: malformed(),
    "location": lambda item_id: access_error(1040, f"NamedLocation with id {item_id} does not exist in the directory."),
    "servicePrincipal": lambda _id: malformed(),
    "termsOfUse": lambda _id: malformed(),
    # IntuneManagement #373 and #206
    "filter": lambda item_id: bad_request(
        f"Scope Tags validation failed : Filters {item_id} , Validated filters ", intune=True
    ),
    # powershell-intune-samples #151
    "notificationTemplate": lambda _id: unexplained(),
    # A policy set consists of objects of the tenant (the schema's description of `payloadId`).
    "payload": lambda _id: unexplained(),
    "relatedApp": lambda _id: unexplained(),
    # A reusable setting must exist (Microsoft's article on reusable groups of settings).
    "reusableSetting": lambda _id: unexplained(),
    # Microsoft365DSC #5913
    "statusPageApp": lambda item_id: bad_request(f"App with id '{item_id}' not found.", intune=True),
    # IntuneManagement #255 and #177
    "targetedApp": lambda _id: unexplained(),
}
"""The error for each kind of reference.

Ids of scope tags (IntuneCD #177), groups, compliance scripts (IntuneManagement #353, IntuneCD #180) and directory roles
are missing here: Graph accepts them unchecked.
"""

MUST_BE_GUIDS: Mapping[str, Callable[[str], GraphError]] = {
    "accessRole": lambda _id: malformed(),
    # IntuneAssignments #16
    "group": lambda item_id: bad_request(
        f"Invalid GroupId : {item_id} provided, a valid AADGroupId is expected.", intune=True
    ),
}


def check(tenant: Tenant, resource: Resource, content: Document) -> None:
    """Raise 400 for the first id that Graph looks up and the tenant does not have."""
    check_references(tenant, references_in(resource, content))


def check_references(tenant: Tenant, references: Iterable[Reference]) -> None:
    """Check the given references in the same way."""
    for reference in references:
        if is_known(tenant, reference):
            continue
        if reference.kind in REFUSED:
            raise REFUSED[reference.kind](reference.value)
        if reference.kind in MUST_BE_GUIDS and GUID.fullmatch(reference.value) is None:
            raise MUST_BE_GUIDS[reference.kind](reference.value)
