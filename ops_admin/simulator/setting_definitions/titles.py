"""Names of settings, their categories and their options."""

from __future__ import annotations

import re

from ops_admin.simulator.setting_definitions.words import spaced

# Microsoft's names of some areas of the catalogue. All others are derived from the id.
AREAS = {
    "admx": "Administrative Templates",
    "com.apple.applicationaccess": "Restrictions",
    "com.apple.mcx.filevault2": "FileVault",
    "com.apple.softwareupdate": "Software Update",
    "defender": "Defender",
    "devicelock": "Device Lock",
    "firewall": "Firewall",
    "laps": "LAPS",
    "linux": "Linux",
    "localpoliciessecurityoptions": "Local Policies Security Options",
    "microsoft_edge": "Microsoft Edge",
    "onedrivengsc": "OneDrive",
    "userrights": "User Rights",
}
# Names as the portal shows them, where the id says too little.
TITLES = {
    "allowioavprotection": "Allow scanning of all downloaded files and attachments",
    "allowtelemetry": "Allow Telemetry",
    "avgcpuloadfactor": "Average CPU Load Factor",
    "backupdirectory": "Backup Directory",
    "kfmoptinnowizard": "Silently move Windows known folders to OneDrive",
    "lanmanserver": "LanMan Server",
    "lanmanworkstation": "LanMan Workstation",
    "mindevicepasswordlength": "Min Device Password Length",
    "passwordagedays": "Password Age Days",
    "puaprotection": "PUA Protection",
    "silentaccountconfig": "Silently sign in users to the OneDrive sync app with their Windows credentials",
}
OPTIONS = {
    "allow": {"0": "Not allowed", "1": "Allowed"},
    "disable": {"0": "Disabled (feature stays on)", "1": "Enabled (feature is turned off)"},
    "": {
        "0": "Disabled", "1": "Enabled", "2": "Audit mode", "3": "Warn", "4": "Custom", "5": "Not configured",
        "true": "True", "false": "False", "block": "Block", "audit": "Audit", "off": "Off", "warn": "Warn",
    },
}  # fmt: skip
OWNER = re.compile(r"^(device|user)?_?vendor_msft_(policy_config_)?")
FIELD = re.compile(
    r"(?i)enum|v\d+|text|textbox|(list|drop|thresh)?box|dropdown|com|aad|desc|partname\w+|iz|recommended|"
)
CHANNEL = re.compile(r"v\d+$")


def title_of(definition_id: str) -> str:
    """Return the name that the portal shows for a setting."""
    last = _tail(definition_id)
    return TITLES.get(last.lower()) or spaced(last.strip("{}"))


def area_of(definition_id: str) -> str:
    """Return the name of a setting's category."""
    path = OWNER.sub("", definition_id)
    head = CHANNEL.sub("", path.partition("~")[0]) if "~" in path else path.rpartition("_")[0] or path
    known = next((name for start, name in AREAS.items() if head.lower().startswith(start)), None)
    return known or spaced(head.partition("_")[0].strip("{}").rpartition(".")[2])


def option_title(definition_id: str, option: str) -> str:
    """Return the name of an option. Most options are numbers in their id."""
    last = _tail(definition_id).lower()
    kind = next((start for start in ("allow", "disable") if last.startswith(start)), "")
    return OPTIONS[kind].get(option) or OPTIONS[""].get(option) or spaced(option)


def _tail(definition_id: str) -> str:
    """Return the part of an id that names the setting, without the kind of field or a trailing number."""
    parts = definition_id.rpartition("~")[2].split("_")
    while len(parts) > 1 and FIELD.fullmatch(parts[-1]):
        parts.pop()
    return parts[-1].rpartition(".")[2] or definition_id
