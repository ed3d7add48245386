"""Contoso's scripts: PowerShell, shell, and remediations."""

from __future__ import annotations

from ops_admin.simulator.demo.documents import assigned, encoded, named, to_all_devices, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

REMOVE_GAMES = """# Removes the games that the vendor's image brings along.
$names = 'Contoso.Solitaire', 'Contoso.Mahjong'
Get-AppxPackage -AllUsers | Where-Object { $names -contains $_.Name } | Remove-AppxPackage -AllUsers
"""
MAP_PRINTERS = """param([string] $Site = 'Amsterdam')
# The queue of the site where the device was enrolled.
Add-Printer -ConnectionName "\\\\print.contoso.example\\$Site-FollowMe"
"""
DOCK = """#!/bin/zsh
# A tidy Dock for new Macs.
defaults write com.apple.dock autohide -bool true
killall Dock
"""
DETECT_DISK = """$free = (Get-PSDrive C).Free / 1GB
if ($free -lt 10) { Write-Output "Only $free GB left"; exit 1 }
exit 0
"""
CLEAN_DISK = """Get-ChildItem $env:TEMP -Recurse -Force | Where-Object LastWriteTime -lt (Get-Date).AddDays(-14) |
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
"""
DETECT_TIME = """if ((w32tm /query /status) -match 'Leap Indicator: 3') { exit 1 } else { exit 0 }
"""
FIX_TIME = """Restart-Service w32time; w32tm /resync
"""

CYCLES = """#!/bin/zsh
# How often the battery was charged.
system_profiler SPPowerDataType | awk '/Cycle Count/ {print $3}'
"""
DETECT_AGENT = """# The backup agent must run.
@{ BackupAgent = (Get-Service ContosoBackup -ErrorAction SilentlyContinue).Status } | ConvertTo-Json -Compress
"""
COMPLIANCE_SCRIPT = "Backup-Agent läuft"


def powershell_scripts() -> list[Document]:
    """Two scripts for Windows."""
    return [
        assigned(_powershell("Remove vendor games", 3, "Remove-Games.ps1", REMOVE_GAMES, "system"), to_all_devices()),
        assigned(
            _powershell("Map follow-me printers", 9, "Add-Printers.ps1", MAP_PRINTERS, "user"),
            to_group("Users - Amsterdam"),
            to_group("Users - Málaga"),
        ),
    ]


def shell_scripts() -> list[Document]:
    """One script for Macs."""
    script = named(
        "deviceShellScripts",
        "Tidy Dock",
        day=12,
        scriptContent=encoded(DOCK),
        runAsAccount="user",
        fileName="dock.sh",
        executionFrequency="PT0S",
        retryCount=3,
        blockExecutionNotifications=True,
    )
    return [assigned(script, to_group("Devices - macOS - Ring 2 - Early adopters"))]


def health_scripts() -> list[Document]:
    """Two remediations."""
    disk = _remediation("Low disk space", 17, DETECT_DISK, CLEAN_DISK)
    clock = _remediation("Clock out of step", 19, DETECT_TIME, FIX_TIME)
    schedule = {
        "@odata.type": "#microsoft.graph.deviceHealthScriptDailySchedule",
        "interval": 1,
        "useUtc": False,
        "time": "11:00:00.0000000",
    }
    target = to_group("Devices - Windows - Ring 2 - Early adopters")
    return [assigned(disk, target, runRemediationScript=True, runSchedule=schedule), clock]


def custom_attributes() -> list[Document]:
    """Custom attributes that Macs report."""
    script = named(
        "deviceCustomAttributeShellScripts",
        "Batterie - Ladezyklen",
        day=21,
        customAttributeName="Ladezyklen",
        customAttributeType="integer",
        scriptContent=encoded(CYCLES),
        runAsAccount="system",
        fileName="cycles.sh",
    )
    return [assigned(script, to_group("Devices - macOS - Corporate owned"))]


def compliance_scripts() -> list[Document]:
    """Scripts of compliance policies."""
    return [
        named(
            "deviceComplianceScripts",
            COMPLIANCE_SCRIPT,
            day=23,
            publisher="Contoso Workplace",
            version="2",
            platform="windows10",
            runAsAccount="system",
            enforceSignatureCheck=False,
            runAs32Bit=False,
            detectionScriptContent=encoded(DETECT_AGENT),
        )
    ]


def compliance_script_id(tenant: str = "contoso") -> str:
    """Return the id of a compliance policy's script."""
    return demo_id(tenant, "deviceComplianceScripts", COMPLIANCE_SCRIPT)


def _powershell(name: str, day: int, file_name: str, content: str, account: str) -> Document:
    return named(
        "deviceManagementScripts",
        name,
        day=day,
        scriptContent=encoded(content),
        runAsAccount=account,
        enforceSignatureCheck=False,
        fileName=file_name,
        runAs32Bit=False,
    )


def _remediation(name: str, day: int, detection: str, remediation: str) -> Document:
    return named(
        "deviceHealthScripts",
        name,
        day=day,
        publisher="Contoso Workplace",
        version="3",
        detectionScriptContent=encoded(detection),
        remediationScriptContent=encoded(remediation),
        runAsAccount="system",
        enforceSignatureCheck=False,
        runAs32Bit=False,
        isGlobalScript=False,
        highestAvailableVersion=None,
        deviceHealthScriptType="deviceHealthScript",
        detectionScriptParameters=[],
        remediationScriptParameters=[],
    )
