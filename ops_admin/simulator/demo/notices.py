"""Notifications, terms, branding and device categories."""

from __future__ import annotations

from ops_admin.simulator.demo.documents import assigned, named, picture, to_all_users, to_group, without_times
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

NOT_COMPLIANT = "Gerät entspricht nicht den Richtlinien"
DEFAULT_BRANDING = "c3a59481-1bf2-46ce-94b3-66eec07a8d60"
"""The default profile has the same id in every tenant."""

WARNING = {
    "de-de": (
        "Ihr Gerät entspricht nicht unseren Richtlinien",
        "Guten Tag, bitte installieren Sie die ausstehenden Updates und starten Sie das Gerät neu.",
    ),
    "en-us": (
        "Your device does not meet our requirements",
        "Hello, please install the outstanding updates and restart the device.",
    ),
}
RETIREMENT = {"en-us": ("Your device will be retired", "Hello, your device has not complied for 30 days.")}


def template_id(tenant: str, name: str = NOT_COMPLIANT) -> str:
    """Return the id of a notification template."""
    return demo_id(tenant, "notificationMessageTemplates", name)


def notification_templates(tenant: str) -> list[Document]:
    """A warning in two languages. Contoso has a second template."""
    warning = _template(tenant, NOT_COMPLIANT, WARNING, "de-de")
    return [warning] if tenant != "contoso" else [warning, _template(tenant, "Retirement warning", RETIREMENT, "en-us")]


def terms_and_conditions(tenant: str) -> list[Document]:
    """Terms that people accept before their device is managed. Fabrikam has others of the same name."""
    terms = named(
        "termsAndConditions",
        "Private Geräte (BYOD)",
        day=6,
        tenant=tenant,
        modifiedDateTime="2025-02-06T08:00:00Z",
        title="Nutzung privater Geräte",
        bodyText="{0} verwaltet auf Ihrem Gerät nur die Apps der Firma.\n{0} manages company apps only.".format(
            tenant.title()
        ),
        acceptanceStatement="Ich habe die Bedingungen gelesen und stimme zu.",
        version=2,
    )
    return [assigned(terms, to_all_users())]


def branding_profiles(tenant: str) -> list[Document]:
    """The default branding. Contoso has another for its plants."""
    name = tenant.title()
    default = _branding(DEFAULT_BRANDING, "Default branding profile", name, is_default=True)
    if tenant != "contoso":
        return [default]
    plants = _branding(demo_id(tenant, "intuneBrandingProfiles", "Werke"), "Werke", "Contoso Fertigung")
    return [default, assigned(plants, to_group("Users - Production"))]


def device_categories(tenant: str, *names: str) -> list[Document]:
    """Categories that people choose from when they enroll a device."""
    return [
        {
            "id": demo_id(tenant, "deviceCategories", name),
            "displayName": name,
            "description": "",
            "roleScopeTagIds": ["0"],
        }
        for name in names
    ]


def _template(tenant: str, name: str, messages: dict[str, tuple[str, str]], default: str) -> Document:
    item_id = template_id(tenant, name)
    moment = "2024-05-14T07:30:00Z"
    rows = [
        {
            "id": f"{item_id}_{locale}",
            "lastModifiedDateTime": moment,
            "locale": locale,
            "subject": subject,
            "messageTemplate": text,
            "isDefault": locale == default,
        }
        for locale, (subject, text) in messages.items()
    ]
    return {
        "id": item_id,
        "lastModifiedDateTime": moment,
        "displayName": name,
        "description": "",
        "defaultLocale": default,
        "brandingOptions": "includeCompanyLogo,includeCompanyName,includeContactInformation",
        "roleScopeTagIds": ["0"],
        "localizedNotificationMessages": rows,
    }


def _branding(item_id: str, profile: str, company: str, *, is_default: bool = False) -> Document:
    base = without_times(named("intuneBrandingProfiles", profile, day=9), "description")
    return {
        **base,
        "id": item_id,
        "profileName": profile,
        "profileDescription": "",
        "isDefaultProfile": is_default,
        "displayName": company,
        "themeColor": {"r": 0, "g": 103, "b": 79},
        "showLogo": True,
        "showDisplayNameNextToLogo": True,
        "themeColorLogo": picture(255, 255, 255),
        "lightBackgroundLogo": picture(0, 103, 79),
        "landingPageCustomizedImage": picture(214, 230, 224),
        "contactITName": "Service Desk",
        "contactITPhoneNumber": "+31 20 555 0143",
        "contactITEmailAddress": f"servicedesk@{company.split()[0].lower()}.example",
        "contactITNotes": "Mo-Fr 7:00-19:00",
        "onlineSupportSiteUrl": "https://help.contoso.example/",
        "onlineSupportSiteName": "Hilfe / Help",
        "privacyUrl": "https://www.contoso.example/privacy",
        "isRemoveDeviceDisabled": False,
        "isFactoryResetDisabled": True,
        "showAzureADEnterpriseApps": False,
        "showOfficeWebApps": False,
        "showConfigurationManagerApps": True,
        "disableDeviceCategorySelection": False,
        "disableClientTelemetry": False,
        "enrollmentAvailability": "availableWithPrompts",
        "companyPortalBlockedActions": [],
    }
