"""An administrative template that each tenant uploaded itself: the same settings under other ids."""

from __future__ import annotations

from ops_admin.simulator.admx import definition, presentation
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

FILE = "contoso-desktop.admx"
CATEGORY = "\\Contoso Desktop\\Laufwerke"
DRIVE = "Map a network drive at sign-in"
DRIVE_PATH = "Path of the share"


def uploaded_files(tenant: str) -> list[Document]:
    """Return the uploaded file."""
    return [
        {
            "id": demo_id(tenant, "admx", FILE),
            "displayName": FILE,
            "fileName": FILE,
            "description": None,
            "languageCodes": ["en-US", "de-DE"],
            "targetPrefix": "contosodesktop",
            "targetNamespace": "Contoso.Policies.Desktop",
            "policyType": "admxIngested",
            "revision": "1.0",
            "lastModifiedDateTime": "2024-06-20T10:00:00Z",
            "uploadDateTime": "2024-06-20T10:00:00Z",
            "status": "available",
            "content": None,
            "defaultLanguageCode": "en-US",
            "groupPolicyUploadedLanguageFiles": [],
        }
    ]


def uploaded_definitions(tenant: str) -> list[Document]:
    """Return its one setting, with one field."""
    field = presentation(demo_id(tenant, "presentations", DRIVE), DRIVE_PATH, "TextBox")
    return [
        {
            **definition(
                drive_id(tenant), displayName=DRIVE, classType="user", categoryPath=CATEGORY, policyType="admxIngested"
            ),
            "presentations": [field],
        }
    ]


def drive_id(tenant: str) -> str:
    """Return the id of the setting in a tenant."""
    return demo_id(tenant, "uploadedDefinitions", DRIVE)
