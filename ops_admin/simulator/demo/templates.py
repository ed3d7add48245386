"""Contoso's administrative templates and endpoint security intents."""

from __future__ import annotations

import json
from typing import Any

from ops_admin.simulator.admx import definition, presentation
from ops_admin.simulator.demo.documents import assigned, named, to_all_users, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.uploaded_templates import DRIVE, uploaded_definitions
from ops_admin.simulator.shapes import Document

VALUE = "#microsoft.graph.groupPolicyPresentationValue"
INTENT_SETTING = "#microsoft.graph.deviceManagement{}SettingInstance"


def group_policy_configurations() -> list[Document]:
    """Policies of definition values, with and without presentations. The last uses a template that Contoso uploaded."""
    office = [
        _value("Disable VBA for Office applications", "user", "\\Microsoft Office 2016\\Security Settings"),
        _value(
            "Block macros from running in files from the internet",
            "user",
            "\\Microsoft Word 2016\\Word Options\\Security\\Trust Center",
        ),
        _value(
            "Default file format",
            "user",
            "\\Microsoft Excel 2016\\Excel Options\\Save",
            presentations=[("Text", "Save Excel files as", "51")],
        ),
    ]
    desktop = [
        _value("Remove Run menu from Start Menu", "user", "\\Start Menu and Taskbar", enabled=False),
        _value(
            "Configure Automatic Updates",
            "machine",
            "\\Windows Components\\Windows Update",
            presentations=[
                ("Text", "Configure automatic updating", "4"),
                ("Boolean", "Install during automatic maintenance", True),
                ("Decimal", "Scheduled install hour", 3),
            ],
        ),
        _value(
            "Allow log on locally from these sites",
            "machine",
            "\\System\\Logon",
            presentations=[("MultiText", "Sites", ["amsterdam", "são-paulo"])],
        ),
    ]
    return [
        assigned(_configuration("Office - macro protection", 4, office), to_all_users()),
        assigned(_configuration("Desktop - classic settings", 6, desktop), to_group("Users - Finance")),
        assigned(_drives(), to_group("Users - Production")),
    ]


def intents() -> list[Document]:
    """Two intents, the older kind of endpoint security policy."""
    bitlocker = [
        _setting("Boolean", "windows10EndpointProtectionConfiguration_bitLockerEncryptDevice", True),
        _setting(
            "String", "windows10EndpointProtectionConfiguration_bitLockerRecoveryPasswordRotation", "enabledForAzureAd"
        ),
        _setting(
            "Complex",
            "windows10EndpointProtectionConfiguration_bitLockerFixedDrivePolicy",
            {"encryptionMethod": "xtsAes256", "requireEncryptionForWriteAccess": True},
        ),
    ]
    hello = [
        _setting("String", "windowsIdentityProtectionConfiguration_windowsHelloForBusinessBlocked", "notConfigured"),
        _setting("Integer", "windowsIdentityProtectionConfiguration_pinMinimumLength", 8),
    ]
    return [
        assigned(
            _intent("Disk encryption - laptops", 8, "d1174162-1dd2-4976-affc-6667049ab0ae", bitlocker),
            to_group("Devices - Windows - Corporate owned"),
        ),
        _intent("Account protection - Windows Hello", 10, "0f2b5d70-d4e9-4156-8c16-1397eb6c54a5", hello),
    ]


def _drives() -> Document:
    document = _configuration("Desktop - Netzlaufwerke (eigenes ADMX)", 8, [_drive()])
    return {**document, "policyConfigurationIngestionType": "custom"}


def _drive() -> Document:
    own = uploaded_definitions("contoso")[0]
    times = {"createdDateTime": "2024-07-02T08:00:00Z", "lastModifiedDateTime": "2024-07-02T08:00:00Z"}
    value = {
        "@odata.type": f"{VALUE}Text",
        "id": demo_id("contoso", "presentationValues", DRIVE),
        **times,
        "value": "\\\\files.contoso.example\\werk",
        "presentation": own["presentations"][0],
    }
    return {
        "id": demo_id("contoso", "definitionValues", DRIVE),
        **times,
        "enabled": True,
        "configurationType": "policy",
        "definition": {name: content for name, content in own.items() if name != "presentations"},
        "presentationValues": [value],
    }


def _configuration(name: str, day: int, values: list[Document]) -> Document:
    return named(
        "groupPolicyConfigurations", name, day=day, policyConfigurationIngestionType="builtIn", definitionValues=values
    )


def _value(
    name: str,
    class_type: str,
    category: str,
    *,
    enabled: bool = True,
    presentations: list[tuple[str, str, Any]] | None = None,
) -> Document:
    times = {"createdDateTime": "2024-05-06T09:06:12.345678Z", "lastModifiedDateTime": "2024-05-06T09:06:12.345678Z"}
    definition_id = demo_id("definitions", name)
    return {
        "id": demo_id("contoso", "definitionValues", name),
        **times,
        "enabled": enabled,
        "configurationType": "policy",
        "definition": definition(definition_id, displayName=name, classType=class_type, categoryPath=category),
        "presentationValues": [_presentation(name, times, *row) for row in presentations or []],
    }


def _presentation(owner: str, times: Document, kind: str, label: str, value: Any) -> Document:
    return {
        "@odata.type": VALUE + kind,
        "id": demo_id("contoso", "presentationValues", owner, label),
        **times,
        "values" if kind == "MultiText" else "value": value,
        "presentation": presentation(demo_id("presentations", owner, label), label),
    }


def _intent(name: str, day: int, template_id: str, settings: list[Document]) -> Document:
    document = named("intents", name, day=day, templateId=template_id, isMigratingToConfigurationPolicy=None)
    del document["createdDateTime"]
    rows = [{"id": demo_id("contoso", "intents", name, row["definitionId"]), **row} for row in settings]
    return {**document, "isAssigned": False, "settings": rows}


def _setting(kind: str, name: str, value: Any) -> Document:
    setting = {
        "@odata.type": INTENT_SETTING.format(kind),
        "definitionId": f"deviceConfiguration--{name}",
        "valueJson": json.dumps(value, separators=(",", ":")),
    }
    return setting if kind == "Complex" else {**setting, "value": value}
