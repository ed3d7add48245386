"""Contoso's certificate profiles, and the networks that use them."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.demo.documents import encoded, from_policy, named, to_all_devices, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

ROOT = "Zertifikat - Contoso Root CA 2023"
DEVICE_CERTIFICATE = "SCEP - Gerätezertifikat"
SECURE_NETWORK = "WLAN - CONTOSO-SECURE (EAP-TLS)"
GUEST_NETWORK = "WLAN - Gäste"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nContoso Root CA 2023, for demonstration only\n-----END CERTIFICATE-----\n"


def configuration_id(name: str, tenant: str = "contoso") -> str:
    """Return the id of a device configuration."""
    return demo_id(tenant, "deviceConfigurations", name)


def certificate_configurations() -> list[Document]:
    """A root, a device certificate issued under it, and two networks."""
    return [
        from_policy(_root(), to_all_devices()),
        from_policy(_scep(), to_all_devices()),
        from_policy(_secure(), to_group("Devices - Berlin"), to_group("Devices - Zürich")),
        from_policy(_guests(), to_group("Devices - iOS - Ring 1 - Pilot")),
    ]


def _root() -> Document:
    return _configuration(
        "windows81TrustedRootCertificate",
        ROOT,
        12,
        trustedRootCertificate=encoded(CERTIFICATE),
        certFileName="contoso-root-2023.cer",
        destinationStore="computerCertStoreRoot",
    )


def _scep() -> Document:
    return _configuration(
        "windows81SCEPCertificateProfile",
        DEVICE_CERTIFICATE,
        14,
        renewalThresholdPercentage=20,
        keyStorageProvider="useTpmKspOtherwiseUseSoftwareKsp",
        subjectNameFormat="custom",
        subjectAlternativeNameType="none",
        certificateValidityPeriodValue=1,
        certificateValidityPeriodScale="years",
        extendedKeyUsages=[{"name": "Client Authentication", "objectIdentifier": "1.3.6.1.5.5.7.3.2"}],
        customSubjectAlternativeNames=[{"sanType": "domainNameService", "name": "{{DeviceName}}.contoso.example"}],
        scepServerUrls=["https://ndes.contoso.example/certsrv/mscep/mscep.dll"],
        subjectNameFormatString="CN={{AAD_Device_ID}}",
        keyUsage="keyEncipherment,digitalSignature",
        keySize="size2048",
        hashAlgorithm="sha2",
        subjectAlternativeNameFormatString=None,
        certificateStore="machine",
        rootCertificate={"id": configuration_id(ROOT)},
    )


def _secure() -> Document:
    return _configuration(
        "windowsWifiEnterpriseEAPConfiguration",
        SECURE_NETWORK,
        16,
        **_network("CONTOSO-SECURE", "wpa2Enterprise"),
        eapType="eapTls",
        authenticationMethod="certificate",
        authenticationType="machine",
        trustedServerCertificateNames=["radius01.contoso.example", "radius02.contoso.example"],
        performServerValidation=True,
        disableUserPromptForServerValidation=True,
        requireCryptographicBinding=False,
        networkSingleSignOn="disabled",
        rootCertificatesForServerValidation=[{"id": configuration_id(ROOT)}],
        identityCertificateForClientAuthentication={"id": configuration_id(DEVICE_CERTIFICATE)},
    )


def _guests() -> Document:
    """A key that no read returns once it is written."""
    network = _network("CONTOSO-GAST", "wpa2Personal")
    return _configuration("windowsWifiConfiguration", GUEST_NETWORK, 18, **network, preSharedKey="Willkommen-2024")


def _network(name: str, security: str) -> Document:
    return {
        "networkName": name,
        "ssid": name,
        "connectAutomatically": True,
        "connectToPreferredNetwork": True,
        "connectWhenNetworkNameIsHidden": False,
        "meteredConnectionLimit": "unrestricted",
        "proxyAutomaticConfigurationUrl": None,
        "proxySetting": "none",
        "wifiSecurityType": security,
    }


def _configuration(kind: str, name: str, day: int, **properties: Any) -> Document:
    applicability = dict.fromkeys(f"deviceManagementApplicabilityRule{rule}" for rule in RULES)
    base = {"@odata.type": f"#microsoft.graph.{kind}", **named("deviceConfigurations", name, day=day)}
    return {**base, "version": day % 5 + 1, "supportsScopeTags": True, **applicability, **properties}


RULES = ("OsEdition", "OsVersion", "DeviceMode")
