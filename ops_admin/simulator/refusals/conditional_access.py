"""Conditional Access: rules for policies, strengths and contexts."""

from __future__ import annotations

import re
from typing import Any

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.refusals.words import access_error, malformed, no_such_schema
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

CONTEXT_ID = re.compile(r"c[1-9]\d?")
NEEDED = ("conditions", "state")


def check_policy(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Check a policy, new or changed."""
    if current is None:
        _check_whole(body)
    _check_strength(body.get("grantControls") or {})
    applications = (body.get("conditions") or {}).get("applications")
    if applications:
        _check_applications(applications)
    if (body.get("conditions") or {}).get("deviceStates"):
        # Deprecated since 2021 and refused (IntuneManagement: Start-PreImportConditionalAccess).
        raise malformed()
    if (body.get("sessionControls") or {}).get("disableResilienceDefaults") is False:
        # Every read returns it, no write accepts it (IntuneManagement, CIPP: New-CIPPCAPolicy).
        raise malformed()


def check_strength(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Built-in strengths belong to Microsoft. The combinations of others are changed by an action."""
    if current is not None and current.get("policyType") == "builtIn":
        raise GraphError(400, "BadRequest", "Built-in authentication strength policies cannot be updated.")
    if current is not None and "allowedCombinations" in body:
        raise GraphError(400, "BadRequest", "allowedCombinations can only be changed by updateAllowedCombinations.")
    if current is None and not body.get("allowedCombinations"):
        raise GraphError(400, "BadRequest", "allowedCombinations must name at least one combination.")


def check_context(tenant: Tenant, body: Document, current: Document | None) -> None:
    """A context has one of 99 ids (graph-rest: authenticationContextClassReference)."""
    item_id = body.get("id", current["id"] if current else None)
    if CONTEXT_ID.fullmatch(str(item_id)) is None:
        raise malformed()
    if current is None and item_id in tenant.collection("authenticationContextClassReferences"):
        raise GraphError(409, "Conflict", f"An authentication context with id {item_id} exists.")


def _check_whole(body: Document) -> None:
    missing = [name for name in NEEDED if not body.get(name)]
    conditions: Any = body.get("conditions") or {}
    if missing or not (body.get("grantControls") or body.get("sessionControls")):
        raise no_such_schema(BY_KEY["conditionalAccessPolicies"])
    if not conditions.get("applications") or not (conditions.get("users") or conditions.get("clientApplications")):
        raise access_error(1011, "Policy must contain applications and users in its conditions.")


def _check_strength(controls: Document) -> None:
    """Raise 1007 if more than a strength's id is sent (msgraph-sdk-powershell #3089, IntuneManagement #109)."""
    strength = controls.get("authenticationStrength")
    if strength and (strength.keys() - {"id", "@odata.type"} or not strength.get("id")):
        raise no_such_schema(BY_KEY["conditionalAccessPolicies"])


def _check_applications(applications: Document) -> None:
    """Allow only one of applications, user actions, contexts (CIPP: New-CIPPCAPolicy, ModernWorkplaceConcierge #50)."""
    names = ("includeApplications", "includeUserActions", "includeAuthenticationContextClassReferences")
    given = [name for name in names if applications.get(name)]
    if not given:
        raise access_error(1011, "'includeApplications' is empty or null: at least one application must be included.")
    if len(given) > 1:
        raise access_error(1012, "Applications and user actions cannot be included by the same policy.")
