"""Signing people in at the simulated login service: the page, codes with PKCE, refreshing, and what `/me` says."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ops_admin.simulator.demo import CONTOSO, FABRIKAM
from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.people import contoso_people
from tests.simulator.service import SECONDS, Service

BACK = "http://localhost:8000/back"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-000"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ADA, HENK, NORA = contoso_people()
SCOPE = "openid offline_access https://graph.microsoft.com/Group.Read.All"


@pytest.fixture
def console(service: Service) -> "Console":
    """An application at which people sign in."""
    return Console(service)


class Console:
    """What an application does to sign people in."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def authorize(self, directory: str = CONTOSO, **changes: str) -> requests.Response:
        """Go to the authorize page; an empty text leaves a parameter out."""
        asked = {
            "client_id": "console",
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": SCOPE,
            "state": "s1",
            "nonce": "n1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in {**asked, **changes}.items() if value}
        url = f"{self.service.origin}/{directory}/oauth2/v2.0/authorize"
        return self.service.http.get(url, params=given, allow_redirects=False, timeout=SECONDS)

    def code(self, person: str = ADA.id, **changes: str) -> str:
        """The code of somebody who consents."""
        return parse_qs(urlsplit(self.authorize(person=person, **changes).headers["Location"]).query)["code"][0]

    def redeem(self, code: str, /, **changes: str) -> requests.Response:
        """Ask for tokens with a code."""
        form = {
            "grant_type": "authorization_code",
            "client_id": "console",
            "client_secret": "s",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        url = f"{self.service.origin}/{CONTOSO}/oauth2/v2.0/token"
        return self.service.http.post(url, data={**form, **changes}, timeout=SECONDS)

    def tokens(self, person: str = ADA.id, **changes: str) -> dict[str, Any]:
        """The tokens of somebody who signed in."""
        tokens: dict[str, Any] = self.redeem(self.code(person, **changes)).json()
        return tokens

    def get(self, path: str, token: str) -> requests.Response:
        """A Graph request with a person's token."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.service.http.get(f"{self.service.origin}/v1.0{path}", headers=headers, timeout=SECONDS)


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_the_page_lists_the_people_of_the_directory(console: Console) -> None:
    page = console.authorize()
    assert page.headers["Content-Type"].startswith("text/html")
    assert ADA.user_principal_name in page.text
    assert "Frank Fabrikam" not in page.text


def test_without_a_directory_the_people_of_all_are_listed(console: Console) -> None:
    assert "Frank Fabrikam" in console.authorize("organizations").text


def test_the_way_back_carries_code_and_state(console: Console) -> None:
    back = urlsplit(console.authorize(person=ADA.id).headers["Location"])
    assert back.geturl().startswith(BACK)
    assert parse_qs(back.query)["state"] == ["s1"]


def test_cancelling_leads_back_with_the_refusal(console: Console) -> None:
    back = parse_qs(urlsplit(console.authorize(cancel="1").headers["Location"]).query)
    assert back["error"] == ["access_denied"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": ""}, 900144),
        ({"response_type": "token"}, 700054),
        ({"redirect_uri": "http://elsewhere.example/back"}, 50011),
        ({"code_challenge_method": "plain"}, 501491),
    ],
)
def test_a_bad_request_is_refused_without_leading_anywhere(
    console: Console, changes: dict[str, str], code: int
) -> None:
    answer = console.authorize(person=ADA.id, **changes)
    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [code]


def test_the_tokens_name_the_person_the_directory_and_the_nonce(console: Console) -> None:
    tokens = console.tokens()
    claims = claims_of(tokens["id_token"])
    assert (claims["oid"], claims["tid"], claims["nonce"], claims["aud"]) == (ADA.id, CONTOSO, "n1", "console")
    assert claims_of(tokens["access_token"])["scp"] == "Group.Read.All"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code_verifier": "another"}, 501481),
        ({"redirect_uri": "http://localhost:8000/other"}, 500112),
        ({"client_id": "another"}, 70008),
        ({"code": "made-up"}, 70008),
        ({"client_secret": ""}, 7000218),
    ],
)
def test_a_code_is_good_for_whoever_asked_for_it_only(console: Console, changes: dict[str, str], code: int) -> None:
    answer = console.redeem(console.code(), **changes)
    assert answer.json()["error_codes"] == [code]


def test_a_code_is_good_once(console: Console) -> None:
    code = console.code()
    assert console.redeem(code).ok
    assert console.redeem(code).json()["error_codes"] == [54005]


def test_a_refresh_token_gives_another_access_token_until_it_is_revoked(console: Console) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": console.tokens()["refresh_token"]}
    assert console.redeem("", **form).json()["access_token"]
    console.service.control("POST", "/revoke")
    assert console.redeem("", **form).json()["error_codes"] == [700082]


def test_me_is_the_person(console: Console) -> None:
    token = console.tokens(HENK.id)["access_token"]
    assert console.get("/me", token).json()["userPrincipalName"] == HENK.user_principal_name


def test_memberships_through_groups_are_found_when_asked_for(console: Console) -> None:
    token = console.tokens(HENK.id)["access_token"]
    everybody = contoso_group("All Employees")
    direct = [row["id"] for row in console.get("/me/memberOf", token).json()["value"]]
    every = [row["id"] for row in console.get("/me/transitiveMemberOf", token).json()["value"]]
    assert everybody in every
    assert everybody not in direct


def test_memberships_can_be_changed_past_graph(console: Console) -> None:
    console.service.control("PUT", f"/tenants/{CONTOSO}/people/{NORA.id}", {"groups": ["g1"]})
    token = console.tokens(NORA.id)["access_token"]
    assert [row["id"] for row in console.get("/me/memberOf", token).json()["value"]] == ["g1"]


def test_a_scope_opens_what_it_names_and_nothing_else(console: Console) -> None:
    token = console.tokens(scope="openid https://graph.microsoft.com/User.Read")["access_token"]
    assert console.get("/me", token).ok
    assert console.get("/groups", token).status_code == 403
    assert console.get("/identity/conditionalAccess/policies", token).status_code == 403


def test_an_application_is_nobody(service: Service) -> None:
    assert service.get("/me").json()["error"]["code"] == "BadRequest"


def test_somebody_of_another_directory_cannot_consent_here(console: Console) -> None:
    page = console.authorize(FABRIKAM, person=ADA.id)
    assert "Frank Fabrikam" in page.text
