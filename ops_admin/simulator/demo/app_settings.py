"""Contoso's app configurations, app categories and policy sets."""

from __future__ import annotations

import json

from ops_admin.simulator.demo.certificates import SECURE_NETWORK, configuration_id
from ops_admin.simulator.demo.documents import assigned, encoded, named, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

BADGE = "Contoso Visitor Badge"
OWN_CATEGORY = "Werk & Fertigung"
SCANNER = "Zebra OEMConfig"
ITEM = "#microsoft.graph.{}PolicySetItem"
NETWORK = "windowsWifiEnterpriseEAPConfiguration"
MEMBERS = (
    (
        "deviceManagementScript",
        "deviceManagementScripts",
        "Map follow-me printers",
        "deviceManagementScriptPolicySetItem",
    ),
    (
        "windows10EnrollmentCompletionPageConfiguration",
        "deviceEnrollmentConfigurations",
        "Status page - offices",
        "windows10EnrollmentCompletionPageConfiguration",
    ),
    (
        "windowsAutopilotDeploymentProfile",
        "windowsAutopilotDeploymentProfiles",
        "Autopilot user driven",
        "azureADWindowsAutopilotDeploymentProfile",
    ),
)
"""More of what a new PC gets: type of the item, type and name of what it leads to, and its kind."""


def app_id(name: str) -> str:
    """Return the id of one of Contoso's apps."""
    return demo_id("contoso", "mobileApps", name)


def app_configurations() -> list[Document]:
    """Settings for an app on iPhones, and for the warehouse scanners."""
    badge = {
        "@odata.type": "#microsoft.graph.iosMobileAppConfiguration",
        **named("mobileAppConfigurations", "Besucher-App - Standort", day=8, version=2),
        "targetedMobileApps": [app_id(BADGE)],
        "encodedSettingXml": None,
        "settings": [
            {"appConfigKey": "site", "appConfigKeyType": "stringType", "appConfigKeyValue": "Amsterdam"},
            {"appConfigKey": "kioskMode", "appConfigKeyType": "booleanType", "appConfigKeyValue": "true"},
        ],
    }
    payload = {"kind": "androidenterprise#managedConfiguration", "productId": "app:com.zebra.oemconfig.release"}
    scanner = {
        "@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration",
        **named("mobileAppConfigurations", "Scanner - OEMConfig", day=10, version=5),
        "targetedMobileApps": [app_id(SCANNER)],
        "packageId": "app:com.zebra.oemconfig.release",
        "payloadJson": encoded(json.dumps(payload)),
        "appSupportsOemConfig": True,
        "permissionActions": [{"permission": "android.permission.CAMERA", "action": "autoGrant"}],
        "profileApplicability": "androidDeviceOwner",
        "connectedAppsEnabled": False,
    }
    return [
        assigned(badge, to_group("Devices - iOS - Corporate owned")),
        assigned(scanner, to_group("Devices - Logistics")),
    ]


def app_categories(tenant: str, *own: str) -> list[Document]:
    """Built-in categories with the same ids everywhere, and those of the tenant."""
    rows = [("service", name) for name in ("Productivity", "Business", "Computer management")]
    return [
        {
            "id": demo_id(owner, "mobileAppCategories", name),
            "displayName": name,
            "lastModifiedDateTime": "2024-01-01T00:00:00Z",
        }
        for owner, name in [*rows, *((tenant, name) for name in own)]
    ]


def policy_sets() -> list[Document]:
    """What a new office PC gets."""
    document = named(
        "policySets",
        "Neue Büro-PCs",
        day=15,
        status="success",
        errorCode="noError",
        guidedDeploymentTags=[],
        roleScopeTags=["0"],
        items=[
            _item("mobileApp", app_id("Company Portal"), "Company Portal", of="winGetApp", intent="required"),
            _item("deviceConfiguration", configuration_id(SECURE_NETWORK), SECURE_NETWORK, of=NETWORK),
            *(_item(kind, demo_id("contoso", key, name), name, of=of) for kind, key, name, of in MEMBERS),
        ],
    )
    del document["roleScopeTagIds"]
    return [assigned(document, to_group("Autopilot devices"), lastModifiedDateTime="2025-04-15T14:00:00Z")]


def _item(kind: str, payload: str, name: str, *, of: str, **properties: object) -> Document:
    times = {"createdDateTime": "2024-04-15T09:00:00Z", "lastModifiedDateTime": "2024-04-15T09:00:00Z"}
    return {
        "@odata.type": ITEM.format(kind),
        "id": demo_id("contoso", "policySetItems", name),
        **times,
        "payloadId": payload,
        "itemType": f"#microsoft.graph.{of}",
        "displayName": name,
        "status": "success",
        "errorCode": "noError",
        "guidedDeploymentTags": [],
        **properties,
    }
