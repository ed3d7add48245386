"""Fabrikam: no policies, but objects that policies refer to, with Contoso's names under other ids, and
some of its own.
"""

from __future__ import annotations

from ops_admin.simulator.demo import access, app_settings, notices, sign_in, uploaded_templates
from ops_admin.simulator.shapes import Document

TENANT = "fabrikam"


def fabrikam_documents() -> dict[str, list[Document]]:
    """Return the documents by type key. Scope tag 1 is another team's, and *Production* has another number."""
    return {
        "roleScopeTags": access.scope_tags("Lager", "Production", "Außendienst"),
        "assignmentFilters": access.fabrikam_filters(),
        "roleDefinitions": access.built_in_roles(),
        "namedLocations": access.named_locations(TENANT, "Lager Bremen"),
        "authenticationStrengthPolicies": sign_in.authentication_strengths(TENANT),
        "authenticationContextClassReferences": sign_in.authentication_contexts("Finance approvals"),
        "agreements": sign_in.agreements(TENANT, sign_in.ADMIN_TERMS),
        "directoryRoleTemplates": sign_in.role_templates(),
        "servicePrincipals": sign_in.service_principals(TENANT),
        "groupPolicyUploadedDefinitionFiles": uploaded_templates.uploaded_files(TENANT),
        "groupPolicyDefinitions": uploaded_templates.uploaded_definitions(TENANT),
        "deviceCategories": notices.device_categories(TENANT, "Büro"),
        "termsAndConditions": notices.terms_and_conditions(TENANT),
        "mobileAppCategories": app_settings.app_categories(TENANT, app_settings.OWN_CATEGORY),
        "notificationMessageTemplates": notices.notification_templates(TENANT),
        "intuneBrandingProfiles": notices.branding_profiles(TENANT),
    }
