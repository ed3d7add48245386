"""Certificate profiles are bound to others by links, and are nothing without them."""

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.certificates import DEVICE_CERTIFICATE, ROOT, SECURE_NETWORK, configuration_id
from tests.simulator.service import Service

CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
GRAPH = "https://graph.microsoft.com/beta/deviceManagement/deviceConfigurations"
SCEP = "microsoft.graph.windows81SCEPCertificateProfile"
NETWORK = "microsoft.graph.windowsWifiEnterpriseEAPConfiguration"
ROOT_ID, DEVICE_ID, NETWORK_ID = (configuration_id(name) for name in (ROOT, DEVICE_CERTIFICATE, SECURE_NETWORK))


def make_scep(root: str | None = ROOT_ID) -> dict[str, object]:
    body: dict[str, object] = {"@odata.type": f"#{SCEP}", "displayName": "New", "keySize": "size2048"}
    return body if root is None else {**body, "rootCertificate@odata.bind": f"{GRAPH}('{root}')"}


def test_a_profile_without_its_root_is_refused(service: Service) -> None:
    assert service.send("POST", CONFIGURATIONS, json=make_scep(None)).status_code == 400
    assert service.send("POST", CONFIGURATIONS, json=make_scep()).status_code == 201


@pytest.mark.parametrize("eap", [{"eapType": "eapTls"}, {"authenticationMethod": "certificate"}])
def test_a_network_with_certificates_needs_an_identity(service: Service, eap: dict[str, str]) -> None:
    body = {"@odata.type": f"#{NETWORK}", "displayName": "New", "ssid": "x", "networkName": "x", **eap}
    assert service.send("POST", CONFIGURATIONS, json=body).status_code == 400
    bound = {**body, "identityCertificateForClientAuthentication@odata.bind": f"{GRAPH}('{DEVICE_ID}')"}
    assert service.send("POST", CONFIGURATIONS, json=bound).status_code == 201


@pytest.mark.parametrize(
    ("link", "why"),
    [
        (f"{GRAPH}('11111111-2222-4333-8444-555555555555')", "does not exist"),
        (f"{GRAPH}('{NETWORK_ID}')", "type"),
        (f"https://graph.microsoft.com/beta/deviceAppManagement/mobileApps('{ROOT_ID}')", "does not exist"),
        ("nonsense", "does not exist"),
    ],
)
def test_a_link_must_lead_to_a_root_of_this_tenant(service: Service, link: str, why: str) -> None:
    answer = service.send("POST", CONFIGURATIONS, json={**make_scep(None), "rootCertificate@odata.bind": link})
    assert answer.status_code == 400
    assert why in answer.text


def test_another_tenant_s_root_is_no_root(service: Service) -> None:
    assert service.as_tenant(FABRIKAM).send("POST", CONFIGURATIONS, json=make_scep()).status_code == 400


def test_a_certificate_is_not_written_inside_of_a_profile(service: Service) -> None:
    root = {"@odata.type": "#microsoft.graph.windows81TrustedRootCertificate", "displayName": "x"}
    answer = service.send("POST", CONFIGURATIONS, json={**make_scep(None), "rootCertificate": root})
    assert answer.status_code == 400


def test_links_are_followed_where_the_type_is_named(service: Service) -> None:
    by_path = service.get(f"{CONFIGURATIONS}/{DEVICE_ID}/{SCEP}/rootCertificate").json()
    expanded = service.get(f"{CONFIGURATIONS}/{DEVICE_ID}?$expand={SCEP}/rootCertificate").json()
    many = service.get(f"{CONFIGURATIONS}/{NETWORK_ID}/{NETWORK}/rootCertificatesForServerValidation").json()
    assert by_path["id"] == expanded["rootCertificate"]["id"] == many["value"][0]["id"] == ROOT_ID
    assert service.get(f"{CONFIGURATIONS}/{DEVICE_ID}?$expand=rootCertificate").status_code == 400
    assert service.get(f"{CONFIGURATIONS}/{DEVICE_ID}/rootCertificate").status_code == 400
    assert "rootCertificate" not in service.get(f"{CONFIGURATIONS}/{DEVICE_ID}").json()


def test_a_reference_is_changed_by_itself(service: Service) -> None:
    """Microsoft365DSC: SCEP profiles."""
    other = {
        "@odata.type": "#microsoft.graph.windows81TrustedRootCertificate",
        "displayName": "Root 2025",
        "trustedRootCertificate": "AAAA",
    }
    root = service.send("POST", CONFIGURATIONS, json=other).json()["id"]
    path = f"{CONFIGURATIONS}/{DEVICE_ID}/{SCEP}/rootCertificate"
    answer = service.send("PUT", f"{path}/$ref", json={"@odata.id": f"{GRAPH}('{root}')"})
    assert answer.status_code == 204
    assert service.get(path).json()["displayName"] == "Root 2025"
    assert service.send("PUT", f"{path}/$ref", json={"@odata.id": f"{GRAPH}('{DEVICE_ID}')"}).status_code == 400


def test_a_root_that_is_gone_leaves_its_profiles_broken(service: Service) -> None:
    assert service.send("DELETE", f"{CONFIGURATIONS}/{ROOT_ID}").status_code == 204
    rows = service.control("GET", f"/tenants/{service.tenant}/broken")["value"]
    assert {(row["name"], row["place"]) for row in rows} == {
        (DEVICE_CERTIFICATE, "rootCertificate"),
        (SECURE_NETWORK, "rootCertificatesForServerValidation"),
    }
    assert service.get(f"{CONFIGURATIONS}/{DEVICE_ID}?$expand={SCEP}/rootCertificate").json()["rootCertificate"] is None
