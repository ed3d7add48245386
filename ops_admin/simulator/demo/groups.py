"""Groups of the demo tenants: departments, sites, rings, apps. Some names occur twice or contain special characters."""

from __future__ import annotations

from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

DEPARTMENTS = (
    "Finance", "Human Resources", "Legal", "Marketing", "Sales", "Customer Care", "Procurement", "Logistics",
    "Research", "Quality", "Production", "Facilities", "Executive Board", "Internal Audit", "Communications",
)  # fmt: skip
SITES = ("Amsterdam", "Berlin", "København", "Kraków", "Lyon", "Málaga", "São Paulo", "Zürich", "Tōkyō", "Montréal")
PLATFORMS = ("Windows", "macOS", "iOS", "Android", "Linux", "Cloud PC")
RINGS = ("Ring 0 - IT", "Ring 1 - Pilot", "Ring 2 - Early adopters", "Ring 3 - Broad")
APPS = ("Company Portal", "7-Zip", "Adobe Reader", "Visio", "Project", "Power BI Desktop", "Visual Studio Code", "Zoom")
ROLES = ("Help Desk", "Endpoint Administrators", "Application Packagers", "Security Operations", "Break Glass Accounts")
ODD_NAMES = (
    "Contractors - O'Brien & Partners", "Kiosk \"Front Desk\" devices", "R&D <prototype> devices",
    "Größenwahn GmbH (zu Gast)", "100% Remote Workers", "Всё для теста", "経理部", "Board; Directors, and Guests",
    "Shared mailbox owners / delegates",
)  # fmt: skip
TWICE = ("Pilot devices", "VIP users", "Exclusions - Conditional Access")


def contoso_groups() -> list[Document]:
    """About 130 groups, more than fit on one default page of Graph's (100)."""
    return [_group("contoso", name, number) for number, name in enumerate(_names())]


def fabrikam_groups() -> list[Document]:
    """Most of the same names under other ids, and a few of its own."""
    return [_group("fabrikam", name, number) for number, name in enumerate(_fabrikam_names())]


def contoso_group(name: str) -> str:
    """The id of Contoso's first group of that name, for assignments."""
    return demo_id("contoso", "groups", name, str(_names().index(name)))


def fabrikam_group(name: str) -> str:
    """The id of Fabrikam's first group of that name."""
    return demo_id("fabrikam", "groups", name, str(_fabrikam_names().index(name)))


def _fabrikam_names() -> list[str]:
    names = [name for number, name in enumerate(_names()) if number % 4 and name not in ODD_NAMES[:2]]
    return [*names, "Fabrikam - All Staff", "Fabrikam - Field Engineers", "Fabrikam - Warehouse Scanners"]


def _names() -> list[str]:
    return [
        *(f"Users - {name}" for name in DEPARTMENTS),
        *(f"Devices - {name}" for name in DEPARTMENTS),
        *(f"Users - {site}" for site in SITES),
        *(f"Devices - {site}" for site in SITES),
        *(f"Devices - {platform} - {ring}" for platform in PLATFORMS for ring in RINGS),
        *(f"Devices - {platform} - Corporate owned" for platform in PLATFORMS),
        *(f"App - {app} - {intent}" for app in APPS for intent in ("Required", "Available")),
        *(f"Intune - {role}" for role in ROLES),
        "All Employees", "All Managed Devices", "Autopilot devices", "External guests", "Temporary staff",
        "Exclusions - BitLocker", "Exclusions - Update rings", "Lab machines",
        *TWICE, *ODD_NAMES, *TWICE,
    ]  # fmt: skip


def _group(tenant: str, name: str, number: int) -> Document:
    dynamic = name.startswith("Devices - ")
    return {
        "id": demo_id(tenant, "groups", name, str(number)),
        "deletedDateTime": None,
        "createdDateTime": f"2023-{number % 12 + 1:02}-{number % 27 + 1:02}T07:{number % 60:02}:41Z",
        "description": f"Devices of {name.removeprefix('Devices - ')}" if dynamic else None,
        "displayName": name,
        "groupTypes": ["DynamicMembership"] if dynamic else [],
        "mail": None,
        "mailEnabled": False,
        "mailNickname": demo_id(tenant, "nickname", name, str(number))[:10],
        "membershipRule": f'(device.deviceCategory -eq "{name.removeprefix("Devices - ")}")' if dynamic else None,
        "onPremisesSyncEnabled": None,
        "securityEnabled": True,
        "visibility": None,
    }
