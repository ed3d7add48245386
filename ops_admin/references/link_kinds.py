"""Which kinds of policies are linked to others, by which names, and where Graph has what they lead to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSONObject = dict[str, Any]

_KIND = "@odata.type"
_CONFIGURATIONS = "deviceManagement/deviceConfigurations"


@dataclass(frozen=True)
class Links:
    """The links of one kind of policy: by name, where Graph has what they lead to.

    `kind` is the cast to ask with; empty where every policy of the type has them, and Graph asks for none.
    """

    kind: str
    targets: Mapping[str, str]


_NAMES_BY_KIND: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("identityCertificate",): (
        "androidDeviceOwnerVpnConfiguration",
        "androidForWorkEasEmailProfileBase",
        "androidForWorkGmailEasConfiguration",
        "androidForWorkNineWorkEasConfiguration",
        "androidForWorkVpnConfiguration",
        "androidVpnConfiguration",
        "androidWorkProfileEasEmailProfileBase",
        "androidWorkProfileGmailEasConfiguration",
        "androidWorkProfileNineWorkEasConfiguration",
        "androidWorkProfileVpnConfiguration",
        "iosVpnConfiguration",
        "iosikEv2VpnConfiguration",
        "macOSVpnConfiguration",
        "windows10VpnConfiguration",
        "windowsPhone81VpnConfiguration",
    ),
    ("networkAccessConfigurations",): ("windowsDomainJoinConfiguration",),
    ("rootCertificate",): (
        "androidCertificateProfileBase",
        "androidDeviceOwnerCertificateProfileBase",
        "androidDeviceOwnerImportedPFXCertificateProfile",
        "androidDeviceOwnerPkcsCertificateProfile",
        "androidDeviceOwnerScepCertificateProfile",
        "androidForWorkCertificateProfileBase",
        "androidForWorkImportedPFXCertificateProfile",
        "androidForWorkPkcsCertificateProfile",
        "androidForWorkScepCertificateProfile",
        "androidImportedPFXCertificateProfile",
        "androidPkcsCertificateProfile",
        "androidScepCertificateProfile",
        "androidWorkProfileCertificateProfileBase",
        "androidWorkProfilePkcsCertificateProfile",
        "androidWorkProfileScepCertificateProfile",
        "aospDeviceOwnerCertificateProfileBase",
        "aospDeviceOwnerPkcsCertificateProfile",
        "aospDeviceOwnerScepCertificateProfile",
        "iosScepCertificateProfile",
        "macOSScepCertificateProfile",
        "windows81SCEPCertificateProfile",
        "windowsPhone81SCEPCertificateProfile",
    ),
    ("singleSignOnExtensionPkinitCertificate",): ("macOSDeviceFeaturesConfiguration",),
    (
        "identityCertificate",
        "smimeSigningCertificate",
    ): ("androidEasEmailProfileConfiguration",),
    (
        "identityCertificateForClientAuthentication",
        "rootCertificateForServerValidation",
    ): (
        "androidEnterpriseWiFiConfiguration",
        "androidForWorkEnterpriseWiFiConfiguration",
        "androidWorkProfileEnterpriseWiFiConfiguration",
        "aospDeviceOwnerEnterpriseWiFiConfiguration",
        "iosWiredNetworkConfiguration",
        "macOSWiredNetworkConfiguration",
    ),
    (
        "identityCertificateForClientAuthentication",
        "rootCertificatesForServerValidation",
    ): ("iosEnterpriseWiFiConfiguration",),
    (
        "identityCertificateForClientAuthentication",
        "singleSignOnExtensionPkinitCertificate",
    ): ("iosDeviceFeaturesConfiguration",),
    (
        "rootCertificatesForClientValidation",
        "rootCertificatesForServerValidation",
    ): ("windowsZtdnsConfiguration",),
    (
        "identityCertificate",
        "smimeEncryptionCertificate",
        "smimeSigningCertificate",
    ): ("iosEasEmailProfileConfiguration",),
    (
        "identityCertificateForClientAuthentication",
        "rootCertificateForClientValidation",
        "rootCertificatesForServerValidation",
    ): ("windowsWifiEnterpriseEAPConfiguration",),
    (
        "identityCertificateForClientAuthentication",
        "rootCertificateForServerValidation",
        "rootCertificatesForServerValidation",
    ): (
        "androidDeviceOwnerEnterpriseWiFiConfiguration",
        "macOSEnterpriseWiFiConfiguration",
    ),
    (
        "identityCertificateForClientAuthentication",
        "rootCertificateForClientValidation",
        "rootCertificatesForServerValidation",
        "secondaryIdentityCertificateForClientAuthentication",
        "secondaryRootCertificateForClientValidation",
    ): ("windowsWiredNetworkConfiguration",),
}
_LINKS: Mapping[str, Mapping[str, Links]] = {
    "mobileApps": {"": Links("", {"categories": "deviceAppManagement/mobileAppCategories"})},
    "deviceConfigurations": {
        kind: Links(kind, dict.fromkeys(names, _CONFIGURATIONS))
        for names, kinds in _NAMES_BY_KIND.items()
        for kind in kinds
    },
    "windowsAutopilotDeploymentProfiles": {
        "activeDirectoryWindowsAutopilotDeploymentProfile": Links(
            "activeDirectoryWindowsAutopilotDeploymentProfile", {"domainJoinConfiguration": _CONFIGURATIONS}
        )
    },
    "roleAssignments": {
        # The only kind, so it is not named in what Graph returns.
        "": Links("deviceAndAppManagementRoleAssignment", {"roleScopeTags": "deviceManagement/roleScopeTags"})
    },
}
_NOTHING = Links("", {})
LINK_NAMES = frozenset(name for kinds in _LINKS.values() for links in kinds.values() for name in links.targets)
"""The names of all links."""


def links_of(type_key: str, content: JSONObject) -> Links:
    """Return the links that a policy of this kind can have."""
    kinds = _LINKS.get(type_key, {})
    return kinds.get("") or kinds.get(str(content.get(_KIND, "")).rpartition(".")[2], _NOTHING)


def is_link(name: str, value: object) -> bool:
    """Say whether a property is a link. Some types hold plain ids under the name that is a link in others."""
    rows = value if isinstance(value, list) else [value]
    return name in LINK_NAMES and not any(isinstance(each, str) for each in rows)


def linked_ids(value: object) -> list[str]:
    """Return the ids that a link leads to, whether it leads to one object or to several."""
    rows = value if isinstance(value, list) else [value]
    return [each["id"] for each in rows if isinstance(each, dict) and isinstance(each.get("id"), str)]
