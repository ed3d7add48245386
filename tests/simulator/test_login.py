"""The simulated login service: discovery, client credentials, and the errors of Entra."""

import base64
import json

import msal
import pytest
import requests

from ops_admin.simulator.demo import CONTOSO, FABRIKAM
from tests.simulator.service import SCOPE, Service


def payload_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_token_is_bound_to_its_tenant_and_application(service: Service) -> None:
    answer = service.ask_token(client_id="my-app")
    claims = payload_of(answer.json()["access_token"])
    assert answer.json()["token_type"] == "Bearer"
    assert (claims["tid"], claims["appid"], claims["idtyp"]) == (CONTOSO, "my-app", "app")


def test_discovery_names_https_addresses_of_the_tenant(service: Service) -> None:
    found = requests.get(f"{service.origin}/{CONTOSO}/v2.0/.well-known/openid-configuration", timeout=5).json()
    assert found["token_endpoint"] == f"https://login.microsoftonline.com/{CONTOSO}/oauth2/v2.0/token"
    assert found["issuer"].endswith(f"{CONTOSO}/v2.0")


def test_a_tenant_may_be_called_by_its_domain(service: Service) -> None:
    answer = service.as_tenant("fabrikam.onmicrosoft.com").ask_token()
    assert payload_of(answer.json()["access_token"])["tid"] == FABRIKAM


def test_an_unknown_tenant_is_AADSTS90002(service: Service) -> None:  # noqa: N802 - the error's own name
    stranger = service.as_tenant("00000000-1111-4222-8333-444444444444")
    answer = stranger.ask_token()
    discovery = requests.get(f"{service.origin}/{stranger.tenant}/v2.0/.well-known/openid-configuration", timeout=5)
    assert answer.status_code == discovery.status_code == 400
    assert answer.json()["error_codes"] == [90002]
    assert discovery.json()["error_description"].startswith("AADSTS90002: Tenant '00000000")


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"scope": ""}, 400, "invalid_request", 900144),
        ({"scope": "https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_bad_token_requests_are_refused_as_entra_does(
    service: Service, changes: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = service.ask_token(**changes)
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [code])


def test_a_secret_can_be_declared_wrong(service: Service) -> None:
    service.control("PUT", "/settings", {"refused_secrets": ["old"]})
    answer = service.ask_token(client_secret="old")
    assert answer.status_code == 401
    assert answer.json()["error_codes"] == [7000215]
    assert service.ask_token(client_secret="new").status_code == 200


def test_graph_without_a_token_is_401(service: Service) -> None:
    answer = requests.get(f"{service.origin}/beta/groups", timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
def test_a_forged_token_is_401(service: Service, token: str) -> None:
    answer = service.get("/groups", Authorization=f"Bearer {token}".encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_a_token_expires_after_the_lifetime_set(service: Service) -> None:
    service.control("PUT", "/settings", {"token_lifetime": 0})
    token = service.ask_token().json()["access_token"]
    answer = service.get("/groups", Authorization=f"Bearer {token}")
    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


def test_the_token_decides_whose_data_is_seen(service: Service) -> None:
    fabrikam = service.as_tenant(FABRIKAM)
    assert service.get("/organization").json()["value"][0]["id"] == CONTOSO
    assert fabrikam.get("/organization").json()["value"][0]["id"] == FABRIKAM
    assert fabrikam.rows("/deviceManagement/configurationPolicies") == []


class ToSimulator(requests.Session):
    """Sends what is meant for the public login service to the simulator instead."""

    origin = ""

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> requests.Response:  # type: ignore[override]  # msal calls it so
        local = url.replace("https://login.microsoftonline.com", self.origin)
        return super().request(method, local, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they came


def test_msal_accepts_the_login_service(service: Service) -> None:
    http = ToSimulator()
    http.origin = service.origin
    application = msal.ConfidentialClientApplication(
        "app",
        client_credential="secret",
        authority=f"https://login.microsoftonline.com/{CONTOSO}",
        instance_discovery=False,
        http_client=http,
    )
    found = application.acquire_token_for_client([SCOPE])
    assert service.get("/groups", Authorization=f"Bearer {found['access_token']}").status_code == 200
