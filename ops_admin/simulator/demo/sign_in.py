"""What Conditional Access refers to: strengths, contexts, terms of use, roles, applications."""

from __future__ import annotations

from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

ADMIN_STRENGTH = "Phishing-resistente Anmeldung für Administratoren"
PLANT_STRENGTH = "Sicherheitsschlüssel im Werk"
SECURITY_KEYS = ["2fc0579f-8113-47ea-b116-bb5a8db9202a", "a25342c0-3cdc-4414-8e46-f4807fca511c"]
"""Models of security keys: these ids are the same everywhere."""
ADMIN_TERMS = "Nutzungsbedingungen für Administratoren"
TRAVEL_DESK = demo_id("contoso", "applications", "Contoso Travel Desk")
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
ROLES = {
    GLOBAL_ADMINISTRATOR: "Global Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
}
"""Directory roles have the same ids everywhere."""

MICROSOFT_APPLICATIONS = {
    "00000002-0000-0ff1-ce00-000000000000": "Office 365 Exchange Online",
    "00000003-0000-0ff1-ce00-000000000000": "Office 365 SharePoint Online",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Windows Azure Service Management API",
    "d4ebce55-015a-49b5-a083-c84d1797ae8c": "Microsoft Intune Enrollment",
}

PHISHING_RESISTANT = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]
BUILT_IN = {
    "00000000-0000-0000-0000-000000000002": (
        "Multifactor authentication",
        [*PHISHING_RESISTANT, "deviceBasedPush", "password,microsoftAuthenticatorPush", "password,softwareOath"],
    ),
    "00000000-0000-0000-0000-000000000003": (
        "Passwordless MFA",
        [*PHISHING_RESISTANT, "deviceBasedPush"],
    ),
    "00000000-0000-0000-0000-000000000004": ("Phishing-resistant MFA", PHISHING_RESISTANT),
}
"""Built-in strengths, with the same ids everywhere."""


def strength_id(tenant: str) -> str:
    """Return the id of the strength that a tenant has for its administrators."""
    return demo_id(tenant, "authenticationStrengthPolicies", ADMIN_STRENGTH)


def terms_id(tenant: str) -> str:
    """Return the id of the terms that administrators accept."""
    return demo_id(tenant, "agreements", ADMIN_TERMS)


def authentication_strengths(tenant: str) -> list[Document]:
    """The built-in strengths and one of the tenant. Contoso has another, for certain models of security keys."""
    own = _strength(strength_id(tenant), ADMIN_STRENGTH, "custom", ["fido2", "windowsHelloForBusiness"])
    built_in = [_strength(item_id, name, "builtIn", modes) for item_id, (name, modes) in BUILT_IN.items()]
    return [*built_in, own, *([_plant_strength(tenant)] if tenant == "contoso" else [])]


def authentication_contexts(*names: str) -> list[Document]:
    """Contexts c1, c2, …: the same ids everywhere, with a meaning that each tenant chooses."""
    return [
        {"id": f"c{number}", "displayName": name, "description": "", "isAvailable": True}
        for number, name in enumerate(names, start=1)
    ]


def agreements(tenant: str, *names: str) -> list[Document]:
    """Terms of use."""
    return [
        {
            "id": demo_id(tenant, "agreements", name),
            "createdDateTime": "2024-01-15T09:00:00Z",
            "modifiedDateTime": "2024-01-15T09:00:00Z",
            "displayName": name,
            "isViewingBeforeAcceptanceRequired": True,
            "isPerDeviceAcceptanceRequired": False,
            "userReacceptRequiredFrequency": None,
            "termsExpiration": None,
        }
        for name in names
    ]


def role_templates() -> list[Document]:
    """Directory roles."""
    return [
        {"id": role_id, "deletedDateTime": None, "displayName": name, "description": f"{name} of the directory."}
        for role_id, name in ROLES.items()
    ]


def service_principals(tenant: str, own: dict[str, str] | None = None) -> list[Document]:
    """The applications that a tenant knows: Microsoft's and its own."""
    return [
        {"id": demo_id(tenant, "servicePrincipals", app_id), "appId": app_id, "displayName": name}
        for app_id, name in {**MICROSOFT_APPLICATIONS, **(own or {})}.items()
    ]


def _plant_strength(tenant: str) -> Document:
    item_id = demo_id(tenant, "authenticationStrengthPolicies", PLANT_STRENGTH)
    configuration = {
        "@odata.type": "#microsoft.graph.fido2CombinationConfiguration",
        "id": demo_id(tenant, "combinationConfigurations", PLANT_STRENGTH),
        "appliesToCombinations": ["fido2"],
        "allowedAAGUIDs": SECURITY_KEYS,
    }
    strength = _strength(item_id, PLANT_STRENGTH, "custom", ["fido2", "x509CertificateMultiFactor"])
    return {**strength, "combinationConfigurations": [configuration]}


def _strength(item_id: str, name: str, kind: str, modes: list[str]) -> Document:
    return {
        "id": item_id,
        "createdDateTime": "2024-02-05T00:00:00Z",
        "modifiedDateTime": "2024-02-05T00:00:00Z",
        "displayName": name,
        "description": "",
        "policyType": kind,
        "requirementsSatisfied": "mfa",
        "allowedCombinations": modes,
    }
