"""Reusable settings of Contoso, and policies with secret values."""

from __future__ import annotations

from ops_admin.simulator.demo.documents import from_policy, named, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.settings import NO_TEMPLATE, choice, groups, numbered, reference, secret, text, texts
from ops_admin.simulator.shapes import Document

RULE = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}"
KEYWORD = "vendor_msft_firewall_mdmstore_dynamickeywords_addresses_{id}"
REMOTE_SUPPORT = "Fernwartung - Netze"
WIFI = "com.apple.wifi.managed"


def reusable_id(name: str, tenant: str = "contoso") -> str:
    """Return the id of a reusable setting."""
    return demo_id(tenant, "reusablePolicySettings", name)


def reusable_settings() -> list[Document]:
    """Addresses that the help desk may connect from."""
    rows = [text(f"{KEYWORD}_keyword", "fernwartung.contoso.example"), texts(f"{KEYWORD}_addresses", "198.51.100.0/28")]
    document = named("reusablePolicySettings", REMOTE_SUPPORT, day=3, version=1)
    del document["roleScopeTagIds"]
    return [
        {
            **document,
            "settingDefinitionId": KEYWORD,
            "settingInstance": groups(KEYWORD, rows),
            "referencingConfigurationPolicyCount": 1,
        }
    ]


def policies_with_references() -> list[Document]:
    """A firewall rule for those addresses, and a wireless network with a password."""
    rule = [
        text(f"{RULE}_name", "Allow remote support"),
        choice(f"{RULE}_enabled", "1"),
        choice(f"{RULE}_action_type", "1"),
        reference(f"{RULE}_remoteaddressdynamickeywords", reusable_id(REMOTE_SUPPORT)),
    ]
    network = [text(f"{WIFI}_ssid_str", "CONTOSO-MAC"), choice(f"{WIFI}_encryptiontype", "1")]
    password = secret(f"{WIFI}_password", "Sommer-am-See-2024")
    return [
        from_policy(
            _policy("Firewall - Fernwartung", 24, "windows10", "mdm,microsoftSense", groups(RULE, rule)),
            to_group("Devices - Windows - Corporate owned"),
        ),
        from_policy(
            _policy(
                "macOS - WLAN Werkstatt", 26, "macOS", "mdm,appleRemoteManagement", groups(WIFI, [*network, password])
            ),
            to_group("Devices - macOS - Corporate owned"),
        ),
    ]


def _policy(name: str, day: int, platforms: str, technologies: str, *instances: Document) -> Document:
    return named(
        "configurationPolicies",
        name,
        day=day,
        creationSource=None,
        platforms=platforms,
        priorityMetaData=None,
        technologies=technologies,
        templateReference=NO_TEMPLATE,
        settings=numbered(*instances),
    )
