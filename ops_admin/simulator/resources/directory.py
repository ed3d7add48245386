"""Groups, and what is read-only: the catalogues of the service, the audit log, people, terms of use."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import INTUNE
from ops_admin.simulator.shapes import Navigation, Resource

DIRECTORY = (
    Resource(
        "groups",
        "groups",
        in_v1=True,
        timestamps=("createdDateTime",),
        directory=True,
        required=frozenset({"mailEnabled", "mailNickname", "securityEnabled"}),
    ),
    Resource("users", "users", in_v1=True, timestamps=(), directory=True, read_only=True),
    Resource("directoryRoleTemplates", "directoryRoleTemplates", in_v1=True, timestamps=(), read_only=True),
    Resource("servicePrincipals", "servicePrincipals", in_v1=True, timestamps=(), directory=True, read_only=True),
    Resource(
        "agreements",
        "identityGovernance/termsOfUse/agreements",
        in_v1=True,
        timestamps=("createdDateTime", "modifiedDateTime"),
        read_only=True,
    ),
)

CATALOGUES = (
    Resource("configurationCategories", f"{INTUNE}/configurationCategories", timestamps=(), read_only=True),
    Resource(
        "configurationSettings",
        f"{INTUNE}/configurationSettings",
        "deviceManagementConfigurationSettingDefinition",
        timestamps=(),
        read_only=True,
    ),
    Resource(
        "groupPolicyDefinitions",
        f"{INTUNE}/groupPolicyDefinitions",
        "groupPolicyDefinition",
        navigations={"presentations": Navigation(in_list=False)},
        timestamps=("lastModifiedDateTime",),
        read_only=True,
    ),
    Resource(
        "groupPolicyUploadedDefinitionFiles",
        f"{INTUNE}/groupPolicyUploadedDefinitionFiles",
        "groupPolicyUploadedDefinitionFile",
        name_field="fileName",
        timestamps=("lastModifiedDateTime",),
        read_only=True,
    ),
    Resource(
        "auditEvents",
        f"{INTUNE}/auditEvents",
        "auditEvent",
        in_v1=True,
        timestamps=(),
        read_only=True,
    ),
    Resource(
        "operationApprovalRequests",
        f"{INTUNE}/operationApprovalRequests",
        timestamps=(),
        read_only=True,
    ),
)
