"""Everything in Contoso except its groups and people."""

from __future__ import annotations

from ops_admin.simulator.demo import (
    access,
    app_settings,
    apps,
    catalog,
    compliance,
    configurations,
    enrollment,
    notices,
    protection,
    reusable,
    scripts,
    sign_in,
    templates,
    updates,
    uploaded_templates,
)
from ops_admin.simulator.shapes import Document

TENANT = "contoso"


def contoso_documents() -> dict[str, list[Document]]:
    """Return the documents by type key, referenced ones first."""
    return {**_directory(), **_catalogues(), **_policies()}


def _directory() -> dict[str, list[Document]]:
    return {
        "roleScopeTags": access.contoso_scope_tags(),
        "assignmentFilters": access.assignment_filters(),
        "roleDefinitions": access.role_definitions(),
        "roleAssignments": access.role_assignments(),
        "namedLocations": access.named_locations(),
        "authenticationStrengthPolicies": sign_in.authentication_strengths(TENANT),
        "authenticationContextClassReferences": sign_in.authentication_contexts(
            "Vertrauliche Dokumente", "Privileged role activation"
        ),
        "agreements": sign_in.agreements(TENANT, sign_in.ADMIN_TERMS, "Terms for external consultants"),
        "directoryRoleTemplates": sign_in.role_templates(),
        "servicePrincipals": sign_in.service_principals(TENANT, {sign_in.TRAVEL_DESK: "Contoso Travel Desk"}),
    }


def _catalogues() -> dict[str, list[Document]]:
    return {
        "groupPolicyUploadedDefinitionFiles": uploaded_templates.uploaded_files(TENANT),
        "groupPolicyDefinitions": uploaded_templates.uploaded_definitions(TENANT),
        "deviceCategories": notices.device_categories(TENANT, "Büro", "Production floor", "Kiosk"),
        "mobileAppCategories": app_settings.app_categories(TENANT, app_settings.OWN_CATEGORY),
        "notificationMessageTemplates": notices.notification_templates(TENANT),
        "termsAndConditions": notices.terms_and_conditions(TENANT),
        "intuneBrandingProfiles": notices.branding_profiles(TENANT),
    }


def _policies() -> dict[str, list[Document]]:
    return {
        "deviceConfigurations": configurations.device_configurations(),
        "reusablePolicySettings": reusable.reusable_settings(),
        "configurationPolicies": catalog.configuration_policies(),
        "deviceComplianceScripts": scripts.compliance_scripts(),
        "deviceCompliancePolicies": compliance.compliance_policies(),
        "groupPolicyConfigurations": templates.group_policy_configurations(),
        "deviceManagementScripts": scripts.powershell_scripts(),
        "deviceShellScripts": scripts.shell_scripts(),
        "deviceCustomAttributeShellScripts": scripts.custom_attributes(),
        "deviceHealthScripts": scripts.health_scripts(),
        "mobileApps": apps.mobile_apps(),
        "mobileAppConfigurations": app_settings.app_configurations(),
        "iosManagedAppProtections": protection.ios_protections(),
        "androidManagedAppProtections": protection.android_protections(),
        "windowsManagedAppProtections": protection.windows_protections(),
        "mdmWindowsInformationProtectionPolicies": protection.information_protections(),
        "targetedManagedAppConfigurations": protection.targeted_configurations(),
        "policySets": app_settings.policy_sets(),
        "deviceEnrollmentConfigurations": enrollment.enrollment_configurations(),
        "windowsAutopilotDeploymentProfiles": enrollment.deployment_profiles(),
        "windowsFeatureUpdateProfiles": updates.feature_updates(),
        "windowsDriverUpdateProfiles": updates.driver_updates(),
        "windowsQualityUpdateProfiles": updates.quality_updates(),
        "windowsQualityUpdatePolicies": updates.quality_policies(),
        "conditionalAccessPolicies": access.conditional_access_policies(),
        "intents": templates.intents(),
        "compliancePolicies": compliance.linux_compliance_policies(),
    }
