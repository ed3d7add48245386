"""Access: Conditional Access and what it refers to, roles, scope tags, filters."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import ACCESS, INTUNE
from ops_admin.simulator.shapes import Assigning, Navigation, Resource

BUILT_IN = {"isBuiltIn": False, "isBuiltInRoleDefinition": False}

CONDITIONAL_ACCESS = (
    Resource(
        "conditionalAccessPolicies",
        f"{ACCESS}/policies",
        "conditionalAccessPolicy",
        in_v1=True,
        timestamps=("createdDateTime", "modifiedDateTime"),
        computed={"modifiedDateTime": None},
    ),
    Resource(
        "namedLocations",
        f"{ACCESS}/namedLocations",
        "namedLocation",
        polymorphic=True,
        in_v1=True,
        timestamps=("createdDateTime", "modifiedDateTime"),
    ),
    Resource(
        "authenticationStrengthPolicies",
        f"{ACCESS}/authenticationStrength/policies",
        "authenticationStrengthPolicy",
        aliases=("policies/authenticationStrengthPolicies", f"{ACCESS}/authenticationStrengths/policies"),
        in_v1=True,
        # Configurations are created individually (graph-rest: authenticationStrengthPolicy, Create).
        navigations={"combinationConfigurations": Navigation()},
        refused=frozenset({"policyType", "requirementsSatisfied"}),
        timestamps=("createdDateTime", "modifiedDateTime"),
        computed={"policyType": "custom", "requirementsSatisfied": "mfa"},
    ),
    Resource(
        "authenticationContextClassReferences",
        f"{ACCESS}/authenticationContextClassReferences",
        "authenticationContextClassReference",
        in_v1=True,
        # The id is chosen by whoever creates one, by a PATCH, too (graph-rest: authenticationContextClassReference).
        allowed=frozenset({"id"}),
        made_by_patch=True,
        timestamps=(),
    ),
)

ROLES = (
    Resource(
        "roleDefinitions",
        f"{INTUNE}/roleDefinitions",
        "deviceAndAppManagementRoleDefinition",
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds", "isBuiltInRoleDefinition"}),
        timestamps=(),
        passed_over=frozenset(BUILT_IN),
        computed=BUILT_IN,
    ),
    Resource(
        "roleAssignments",
        f"{INTUNE}/roleAssignments",
        "deviceAndAppManagementRoleAssignment",
        in_v1=True,
        navigations={
            "roleDefinition": Navigation(single=True, bound="roleDefinitions"),
            "roleScopeTags": Navigation(bound="roleScopeTags", in_list=False),
        },
        timestamps=(),
    ),
    Resource(
        "roleScopeTags",
        f"{INTUNE}/roleScopeTags",
        "roleScopeTag",
        navigations={"assignments": Navigation(in_list=False)},
        assigning=Assigning("roleScopeTagAutoAssignment"),
        timestamps=(),
        computed={"isBuiltIn": False},
    ),
    Resource(
        "assignmentFilters",
        f"{INTUNE}/assignmentFilters",
        "deviceAndAppManagementAssignmentFilter",
        computed={"payloads": []},
    ),
)
