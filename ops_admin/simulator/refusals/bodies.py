"""Checks every body of a write against Microsoft's types."""

from __future__ import annotations

from collections.abc import Mapping

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.refusals.words import refusal_of
from ops_admin.simulator.schema import Body, BodyProblem, Property, check_body, check_value, load_schema
from ops_admin.simulator.schema.types import parse_property
from ops_admin.simulator.shapes import Document, Resource

# Properties of existing rows that an action's parameter may name.
OF_PRESENT_ROWS = frozenset({"id", "source", "sourceId", "targetId"})

PARAMETERS: Mapping[str, Mapping[str, Property]] = {
    action: {name: parse_property(kind) for name, kind in parameters.items()}
    for action, parameters in {
        "changeSettings": {"settings": "*:deviceManagementConfigurationSetting"},
        "createInstance": {
            "displayName": "string",
            "description": "string",
            "settingsDelta": "*:deviceManagementSettingInstance",
            "roleScopeTagIds": "*string",
        },
        "scheduleActionsForRules": {
            "deviceComplianceScheduledActionForRules": "*:deviceComplianceScheduledActionForRule",
        },
        "setPriority": {"priority": "integer"},
        "setScheduledActions": {"scheduledActions": "*:deviceManagementComplianceScheduledActionForRule"},
        "targetApps": {"apps": "*:managedMobileApp", "appGroupType": "=targetedManagedAppGroupType"},
        "update": {
            "addedPolicySetItems": "*:policySetItem",
            "updatedPolicySetItems": "*:policySetItem",
            "deletedPolicySetItems": "*string",
            "assignments": "*:policySetAssignment",
        },
        "updateAllowedCombinations": {"allowedCombinations": "*=authenticationMethodModes"},
        "updateDefinitionValues": {
            "added": "*:groupPolicyDefinitionValue",
            "updated": "*:groupPolicyDefinitionValue",
            "deletedIds": "*string",
        },
        "updateRelationships": {"relationships": "*:mobileAppRelationship"},
        "updateSettings": {"settings": "*:deviceManagementSettingInstance"},
    }.items()
}


def check_types(resource: Resource, body: Document, *, new: bool = True) -> None:
    """Raise 400 for a body that its type does not allow. `new` is true for a create."""
    if not resource.type:
        return
    passed_over = (resource.passed_over if new else frozenset()) | _inline_assignments(resource)
    try:
        check_body(Body(load_schema(), passed_over, resource.allowed), resource.type, body)
    except BodyProblem as problem:
        raise refusal_of(problem, resource) from problem


def check_part(resource: Resource, kind: str, body: Document) -> None:
    """Raise 400 for a part that its type does not allow, such as one message of a template."""
    try:
        check_body(Body(load_schema()), kind, body)
    except BodyProblem as problem:
        raise refusal_of(problem, resource) from problem


def check_parameters(resource: Resource, action: str, body: Document) -> None:
    """Raise 400 for parameters that an action does not have, or of another type."""
    known = _parameters(resource, action)
    looked_at = Body(load_schema(), allowed=OF_PRESENT_ROWS)
    for name, value in body.items():
        if name not in known:
            text = (
                f"The parameter '{name}' in the request payload is not a valid parameter for the operation '{action}'."
            )
            raise bad_request(text)
        try:
            check_value(looked_at, action, name, known[name], value)
        except BodyProblem as problem:
            raise refusal_of(problem, resource) from problem


def _parameters(resource: Resource, action: str) -> Mapping[str, Property]:
    if action == "assign" and resource.assigning and resource.assigning.key:
        return {resource.assigning.key: parse_property(f"*:{resource.assigning.type}")}
    return PARAMETERS.get(action, {})


def _inline_assignments(resource: Resource) -> frozenset[str]:
    """Intune ignores the assignments of a new policy, except for managed apps (Intune-PowerShell-SDK #127)."""
    taken = "assignments" in resource.navigations and resource.is_intune and not resource.id_prefix
    return frozenset({"assignments"}) if taken else frozenset()
