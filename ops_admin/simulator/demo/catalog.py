"""Contoso's settings catalog policies."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.demo.documents import (
    CORPORATE_FILTER,
    KIOSK_FILTER,
    from_policy,
    named,
    to_all_devices,
    to_all_users,
    to_group,
    without_group,
)
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.reusable import policies_with_references
from ops_admin.simulator.demo.settings import NO_TEMPLATE, choice, groups, number, numbered, text, texts
from ops_admin.simulator.shapes import Document

POLICY = "device_vendor_msft_policy_config"
DEFENDER = f"{POLICY}_defender"
EDGE = f"{POLICY}_microsoft_edge~policy~microsoft_edge"
LAPS = "device_vendor_msft_laps_policies"
FIREWALL = "vendor_msft_firewall_mdmstore"
DEFENDER_SWITCHES = (
    "allowarchivescanning", "allowbehaviormonitoring", "allowcloudprotection", "allowemailscanning",
    "allowfullscanremovabledrivescanning", "allowioavprotection", "allowrealtimemonitoring",
    "allowscanningnetworkfiles", "allowscriptscanning", "checkforsignaturesbeforerunningscan",
    "disablecatchupquickscan", "enablelowcpupriority", "enablenetworkprotection", "puaprotection",
)  # fmt: skip
DEFENDER_NUMBERS = {
    "avgcpuloadfactor": 30,
    "cloudextendedtimeout": 50,
    "daystoretaincleanedmalware": 60,
    "schedulequickscantime": 720,
    "signatureupdateinterval": 4,
}
SMB_SWITCHES = (
    "lanmanserver_auditclientdoesnotsupportencryption", "lanmanserver_auditclientdoesnotsupportsigning",
    "lanmanserver_auditinsecureguestlogon", "lanmanserver_enableauthratelimiter", "lanmanserver_enablemailslots",
    "lanmanworkstation_auditinsecureguestlogon", "lanmanworkstation_auditserverdoesnotsupportencryption",
    "lanmanworkstation_auditserverdoesnotsupportsigning", "lanmanworkstation_enablemailslots",
    "lanmanworkstation_requireencryption",
)  # fmt: skip


def configuration_policies() -> list[Document]:
    """Eleven policies. *Windows hardening* has more settings than fit on one page of Graph."""
    return [
        from_policy(_antivirus(), to_all_devices(include=CORPORATE_FILTER), without_group("Lab machines")),
        from_policy(_hardening(), to_group("Devices - Windows - Ring 3 - Broad"), to_group("Devices - Berlin")),
        from_policy(_laps(), to_group("Devices - Windows - Corporate owned", include=CORPORATE_FILTER)),
        from_policy(_firewall_rules(), to_all_devices(exclude=KIOSK_FILTER)),
        from_policy(_edge(), to_all_users()),
        from_policy(_onedrive(), to_group("All Employees"), without_group("Temporary staff")),
        from_policy(_macos(), to_group("Devices - macOS - Corporate owned")),
        from_policy(_ios(), to_group("Devices - iOS - Ring 1 - Pilot"), to_group("VIP users")),
        _power(),
        *policies_with_references(),
    ]


def _antivirus() -> Document:
    switches = [choice(f"{DEFENDER}_{name}", "1") for name in DEFENDER_SWITCHES]
    numbers = [number(f"{DEFENDER}_{name}", value) for name, value in DEFENDER_NUMBERS.items()]
    excluded = texts(f"{DEFENDER}_excludedpaths", "C:\\Program Files\\Contoso\\Mill\\cache", "D:\\Build")
    template = {
        "templateId": "804339ad-1553-4478-a742-138fb5807418_1",
        "templateFamily": "endpointSecurityAntivirus",
        "templateDisplayName": "Microsoft Defender Antivirus",
        "templateDisplayVersion": "Version 1",
    }
    return _policy(
        "Antivirus - Windows clients",
        3,
        [*switches, *numbers, excluded],
        technologies="mdm,microsoftSense",
        templateReference=template,
        description="Real-time and cloud protection for every Windows client. Owner: Security Operations.",
    )


def _hardening() -> Document:
    smb = [choice(f"{POLICY}_{name}", "1") for name in SMB_SWITCHES]
    lock = f"{POLICY}_devicelock_devicepasswordenabled"
    password = choice(
        lock,
        "0",
        number(f"{POLICY}_devicelock_maxinactivitytimedevicelock", 10),
        number(f"{POLICY}_devicelock_mindevicepasswordlength", 12),
        number(f"{POLICY}_devicelock_devicepasswordhistory", 24),
    )
    rights = [
        texts(f"{POLICY}_userrights_{name}", *sids)
        for name, sids in {
            "accessfromnetwork": ("*S-1-5-32-544", "*S-1-5-32-555"),
            "debugprograms": ("*S-1-5-32-544",),
            "denylocallogon": ("*S-1-5-32-546",),
            "denyremotedesktopserviceslogon": ("*S-1-5-32-546", "*S-1-5-113"),
            "loadunloaddevicedrivers": ("*S-1-5-32-544",),
        }.items()
    ]
    return _policy(
        "Windows hardening",
        7,
        [password, *smb, *rights, *_hardening_switches()],
        description="Our baseline above Microsoft's. Change only with an entry in the change log (CHG-2204).",
    )


def _hardening_switches() -> list[Document]:
    on = {
        "experience_allowcortana": "0",
        "experience_donotshowfeedbacknotifications": "1",
        "localpoliciessecurityoptions_interactivelogon_donotdisplaylastsignedin": "1",
        "localpoliciessecurityoptions_networksecurity_donotstorelanmanagerhashvalueonnextpasswordchange": "1",
        "remoteassistance_solicitedremoteassistance": "0",
        "remotedesktopservices_donotallowdriveredirection": "1",
        "search_allowindexingencryptedstoresoritems": "0",
        "smartscreen_enablesmartscreeninshell": "1",
        "smartscreen_preventoverrideforfilesinshell": "1",
        "system_allowtelemetry": "1",
        "virtualizationbasedtechnology_hypervisorenforcedcodeintegrity": "1",
        "wifi_allowautoconnecttowifisensehotspots": "0",
        "windowslogon_allowautomaticrestartsignon": "0",
        "windowspowershell_turnonpowershellscriptblocklogging": "1",
    }
    return [choice(f"{POLICY}_{name}", option) for name, option in on.items()]


def _laps() -> Document:
    directory = choice(f"{LAPS}_backupdirectory", "1", number(f"{LAPS}_passwordagedays_aad", 14))
    return _policy(
        "Local administrator password",
        9,
        [
            directory,
            text(f"{LAPS}_administratoraccountname", "contoso-rescue"),
            choice(f"{LAPS}_passwordcomplexity", "4"),
            number(f"{LAPS}_passwordlength", 21),
            choice(f"{LAPS}_postauthenticationactions", "3"),
            number(f"{LAPS}_postauthenticationresetdelay", 8),
        ],
    )


def _firewall_rules() -> Document:
    rule = f"{FIREWALL}_firewallrules_{{firewallrulename}}"

    def row(name: str, protocol: int, port: str, action: str) -> list[Document]:
        return [
            text(f"{rule}_name", name),
            number(f"{rule}_protocol", protocol),
            texts(f"{rule}_localportranges", port),
            choice(f"{rule}_action_type", action),
            choice(f"{rule}_enabled", "1"),
        ]

    return _policy(
        "Firewall rules - file and print",
        12,
        [
            groups(
                rule,
                row("Block SMB from outside", 6, "445", "0"),
                row("Block NetBIOS", 17, "137-138", "0"),
                row("Allow print server discovery", 17, "5353", "1"),
            )
        ],
        technologies="mdm,microsoftSense",
    )


def _edge() -> Document:
    extensions = f"{EDGE}~extensions_extensioninstallblocklist"
    homepage = f"{EDGE}~startup_homepagelocation"
    return _policy(
        "Microsoft Edge - managed browser",
        14,
        [
            choice(extensions, "1", texts(f"{extensions}_extensioninstallblocklistdesc", "*")),
            choice(homepage, "1", text(f"{homepage}_homepagelocation", "https://intranet.contoso.example/")),
            choice(f"{EDGE}_passwordmanagerenabled", "0"),
            choice(f"{EDGE}_trackingprevention", "1"),
        ],
        description="Contoso's browser: home page, extensions, no saved passwords. Gilt auch für “Gäste”.",
    )


def _onedrive() -> Document:
    base = f"{POLICY}_onedrivengscv2~policy~onedrivengsc"
    known_folders = f"{base}_kfmoptinnowizard"
    return _policy(
        "OneDrive - known folders",
        16,
        [
            choice(known_folders, "1", text(f"{known_folders}_kfmoptinnowizard_textbox", demo_id("contoso", "tenant"))),
            choice(f"{base}_silentaccountconfig", "1"),
            choice(f"{base}_filesondemandenabled", "1"),
        ],
    )


def _macos() -> Document:
    return _policy(
        "macOS - FileVault and updates",
        18,
        [
            groups(
                "com.apple.mcx.filevault2_com.apple.mcx.filevault2",
                [
                    choice("com.apple.mcx.filevault2_enable", "0"),
                    choice("com.apple.mcx.filevault2_defer", "true"),
                    choice("com.apple.mcx.filevault2_showrecoverykey", "false"),
                ],
            ),
            choice("com.apple.softwareupdate_automaticcheckenabled", "true"),
            choice("com.apple.softwareupdate_criticalupdateinstall", "true"),
        ],
        platforms="macOS",
        technologies="mdm,appleRemoteManagement",
    )


def _ios() -> Document:
    return _policy(
        "iOS - restrictions for shared iPads",
        20,
        [
            choice("com.apple.applicationaccess_allowappclips", "false"),
            choice("com.apple.applicationaccess_allowscreenshot", "true"),
            texts("com.apple.applicationaccess_blockedappbundleids", "com.example.games", "com.example.social"),
        ],
        platforms="iOS",
        technologies="mdm,appleRemoteManagement",
    )


def _power() -> Document:
    return _policy(
        "Power - meeting rooms (draft)",
        22,
        [number(f"{POLICY}_power_standbytimeoutpluggedin_entervideoacpowerdowntimeout", 3600)],
        description="Not assigned yet.",
        roleScopeTagIds=["2"],
    )


def _policy(name: str, day: int, instances: list[Document], **properties: Any) -> Document:
    base = {
        "creationSource": None,
        "platforms": "windows10",
        "priorityMetaData": None,
        "technologies": "mdm",
        "templateReference": NO_TEMPLATE,
    }
    return named("configurationPolicies", name, day=day, **{**base, **properties}, settings=numbered(*instances))
