"""Generates any number of documents, for load and paging tests."""

from __future__ import annotations

from ops_admin.simulator.shapes import Document

INSTANCE = "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance"


def generated_policy(number: int, settings: int) -> Document:
    """Return a settings catalog policy with `settings` settings. `number` distinguishes it from others."""
    return {
        "name": f"Generated policy {number:05}",
        "description": "Made for load tests.",
        "platforms": "windows10",
        "technologies": "mdm",
        "roleScopeTagIds": ["0"],
        "templateReference": {"templateId": "", "templateFamily": "none", "templateDisplayName": None},
        "settings": [_setting(number, position) for position in range(settings)],
    }


def generated_configuration(number: int) -> Document:
    """Return a device configuration with one OMA-URI setting."""
    setting = {
        "@odata.type": "#microsoft.graph.omaSettingInteger",
        "displayName": f"Setting {number}",
        "omaUri": f"./Device/Vendor/MSFT/Policy/Config/Generated/{number}",
        "value": number,
    }
    return {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": f"Generated configuration {number:05}",
        "roleScopeTagIds": ["0"],
        "omaSettings": [setting],
    }


def generated_group(number: int) -> Document:
    """Return a security group."""
    return {
        "displayName": f"Generated group {number:05}",
        "description": None,
        "groupTypes": [],
        "mailEnabled": False,
        "mailNickname": f"generated{number:05}",
        "securityEnabled": True,
    }


def _setting(number: int, position: int) -> Document:
    definition = f"device_vendor_msft_policy_config_generated_{position}"
    value = {"value": f"{definition}_{(number + position) % 2}", "children": []}
    instance = {"@odata.type": INSTANCE, "settingDefinitionId": definition, "choiceSettingValue": value}
    return {"id": str(position), "settingInstance": instance}
