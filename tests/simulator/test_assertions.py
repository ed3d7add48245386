"""The simulated login service takes client assertions as Entra does: only of uploaded certificates."""

from collections.abc import Mapping

import msal
import pytest

from ops_admin.simulator.demo import CONTOSO
from tests.simulator.service import SCOPE, Service
from tests.simulator.test_login import ToSimulator
from tests.support.certificates import certificate_pem, key_pem, rsa_key

APP = "console"


def ask(service: Service, certificate: str, key: str, app: str = APP) -> Mapping[str, object]:
    """Ask for a token with msal's own assertion; returns its answer."""
    http = ToSimulator()
    http.origin = service.origin
    application = msal.ConfidentialClientApplication(
        app,
        client_credential={"private_key": key, "public_certificate": certificate},
        authority=f"https://login.microsoftonline.com/{CONTOSO}",
        instance_discovery=False,
        http_client=http,
    )
    answer: Mapping[str, object] = application.acquire_token_for_client([SCOPE])
    return answer


def upload(service: Service, *certificates: str, app: str = APP) -> None:
    service.control("PUT", "/settings", {"certificates": {app: list(certificates)}})


def test_an_uploaded_certificate_gets_a_token(service: Service) -> None:
    other, certificate = certificate_pem(key=rsa_key(2)), certificate_pem()
    upload(service, other, certificate)
    token = ask(service, certificate, key_pem())["access_token"]
    assert service.get("/groups", Authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize(
    ("uploaded", "certificate", "key"),
    [
        ([], certificate_pem(), key_pem()),
        ([certificate_pem(key=rsa_key(2))], certificate_pem(), key_pem()),
        ([certificate_pem(days=-1)], None, key_pem()),
        ([certificate_pem()], None, key_pem(rsa_key(2))),
    ],
    ids=["none uploaded", "another uploaded", "expired", "signed by another key"],
)
def test_any_other_is_AADSTS700027(  # noqa: N802 - the error's own name
    service: Service, uploaded: list[str], certificate: str | None, key: str
) -> None:
    upload(service, *uploaded)
    answer = ask(service, certificate or uploaded[0], key)
    assert answer["error_codes"] == [700027]


def test_the_certificate_of_another_application_does_not_count(service: Service) -> None:
    certificate = certificate_pem()
    upload(service, certificate, app="another")
    assert "access_token" not in ask(service, certificate, key_pem())


@pytest.mark.parametrize("assertion", ["nonsense", "a.b.c", "e30.e30.", "é.é.é"])
def test_a_malformed_assertion_is_refused(service: Service, assertion: str) -> None:
    upload(service, certificate_pem())
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    answer = service.ask_token(client_secret="", client_assertion=assertion, client_assertion_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
