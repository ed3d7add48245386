"""Contoso's compliance policies, with their actions for noncompliance."""

from __future__ import annotations

import json
from typing import Any

from ops_admin.simulator.demo.documents import (
    encoded,
    from_policy,
    named,
    to_all_devices,
    to_all_users,
    to_group,
    without_group,
)
from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.notices import template_id
from ops_admin.simulator.demo.scripts import compliance_script_id
from ops_admin.simulator.demo.settings import choice, numbered
from ops_admin.simulator.shapes import Document

NOBODY = "00000000-0000-0000-0000-000000000000"


def compliance_policies() -> list[Document]:
    """One policy per platform, and one with a script."""
    return [
        from_policy(_windows(), to_all_devices(), without_group("Lab machines")),
        from_policy(_macos(), to_group("Devices - macOS - Corporate owned")),
        from_policy(_ios(), to_all_users()),
        from_policy(_android(), to_group("All Employees")),
        from_policy(_developers(), to_group("Devices - Research")),
    ]


def linux_compliance_policies() -> list[Document]:
    """Linux has its own type, which consists of settings."""
    settings = numbered(
        choice("linux_deviceencryption_required", "true"),
        choice("linux_distribution_alloweddistros", "ubuntu"),
        choice("linux_passwordpolicy_minimumlength", "12"),
    )
    policy = named(
        "compliancePolicies",
        "Linux - developer workstations",
        day=11,
        creationSource=None,
        platforms="linux",
        technologies="linuxMdm",
        settings=settings,
        scheduledActionsForRule=_schedule("Linux - developer workstations", ("block", 24)),
    )
    return [from_policy(policy, to_group("Devices - Linux - Corporate owned"))]


def _windows() -> Document:
    return _policy(
        "windows10CompliancePolicy",
        "Windows - compliant device",
        5,
        [("block", 12), ("notification", 0), ("retire", 720)],
        activeFirewallRequired=True,
        antivirusRequired=True,
        bitLockerEnabled=True,
        codeIntegrityEnabled=True,
        defenderEnabled=True,
        osMinimumVersion="10.0.22631.3447",
        osMaximumVersion=None,
        passwordMinimumLength=12,
        passwordRequired=True,
        passwordRequiredType="alphanumeric",
        secureBootEnabled=True,
        storageRequireEncryption=True,
        tpmRequired=True,
        validOperatingSystemBuildRanges=[
            {"description": "Windows 11 23H2", "lowestVersion": "10.0.22631.3447", "highestVersion": "10.0.22631.9999"}
        ],
    )


def _macos() -> Document:
    return _policy(
        "macOSCompliancePolicy",
        "macOS - compliant device",
        7,
        [("block", 24)],
        firewallEnabled=True,
        gatekeeperAllowedAppSource="macAppStoreAndIdentifiedDevelopers",
        osMinimumVersion="14.5",
        passwordRequired=True,
        storageRequireEncryption=True,
        systemIntegrityProtectionEnabled=True,
    )


def _ios() -> Document:
    return _policy(
        "iosCompliancePolicy",
        "iOS - compliant phone",
        13,
        [("block", 0), ("pushNotification", 0)],
        osMinimumVersion="17.4",
        passcodeBlockSimple=True,
        passcodeMinimumLength=6,
        passcodeRequired=True,
        restrictedApps=[
            {"name": "Example Tracker", "publisher": "Example", "appId": "com.example.tracker", "appStoreUrl": None}
        ],
        securityBlockJailbrokenDevices=True,
    )


def _android() -> Document:
    return _policy(
        "androidWorkProfileCompliancePolicy",
        "Android - work profile",
        15,
        [("block", 48)],
        minAndroidSecurityPatchLevel="2025-06-01",
        osMinimumVersion="13",
        passwordRequired=True,
        securityBlockJailbrokenDevices=True,
        securityRequireGooglePlayServices=True,
    )


def _policy(kind: str, name: str, day: int, actions: list[tuple[str, int]], **properties: Any) -> Document:
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        **named("deviceCompliancePolicies", name, day=day, version=day % 4 + 1),
        **properties,
        "scheduledActionsForRule": _schedule(name, *actions),
    }


def _developers() -> Document:
    """A policy that also runs a script."""
    rule = {
        "SettingName": "BackupAgent",
        "Operator": "IsEquals",
        "DataType": "String",
        "Operand": "Running",
        "MoreInfoUrl": "https://help.contoso.example/backup",
        "RemediationStrings": [
            {"Language": "de_DE", "Title": "Backup-Agent", "Description": "Starten Sie den Dienst."}
        ],
    }
    return _policy(
        "windows10CompliancePolicy",
        "Windows - Entwickler (mit Skript)",
        17,
        [("block", 24)],
        bitLockerEnabled=True,
        secureBootEnabled=True,
        deviceCompliancePolicyScript={
            "deviceComplianceScriptId": compliance_script_id(),
            "rulesContent": encoded(json.dumps({"Rules": [rule]})),
        },
    )


def _schedule(owner: str, *actions: tuple[str, int]) -> list[Document]:
    rows = [
        {
            "id": demo_id("contoso", "actions", owner, kind),
            "gracePeriodHours": hours,
            "actionType": kind,
            "notificationTemplateId": template_id("contoso") if kind == "notification" else NOBODY,
            "notificationMessageCCList": [contoso_group("Intune - Help Desk")] if kind == "notification" else [],
        }
        for kind, hours in actions
    ]
    rule = {"id": demo_id("contoso", "rules", owner), "ruleName": None, "scheduledActionConfigurations": rows}
    return [rule]
