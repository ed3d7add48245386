"""Signs people in: the authorize page, authorization codes with PKCE, and tokens that act for a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from ops_admin.simulator.codes import Consent, Vault
from ops_admin.simulator.messages import Answer
from ops_admin.simulator.oauth import AUTHORITY, refusal, tenant_unknown
from ops_admin.simulator.people import Person
from ops_admin.simulator.sign_in_page import sign_in_page
from ops_admin.simulator.store import Store
from ops_admin.simulator.tenants import Tenant
from ops_admin.simulator.tokens import TokenMint

ANY_DIRECTORY = ("organizations", "common")
OPENID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
GRAPH_PREFIX = "https://graph.microsoft.com/"
REQUIRED = ("client_id", "response_type", "redirect_uri", "scope")


class SigningIn:
    """`/authorize` and the two grants of `/token` that follow it.

    Anybody may sign in as anybody, since this is a demo.
    """

    def __init__(self, store: Store, mint: TokenMint) -> None:
        self.store = store
        self.mint = mint
        self.vault = Vault()

    def authorize(self, directory: str, asked: Mapping[str, str]) -> Answer:
        """Return the page that asks who signs in. With `person`, redirect back with a code; with `cancel`, refuse."""
        tenants = self._tenants_of(directory)
        if not tenants:
            return tenant_unknown(directory)
        problem = _request_problem(asked)
        if problem:
            return problem
        if asked.get("cancel"):
            text = "AADSTS65004: User declined to consent to access the app."
            return _back(asked, error="access_denied", error_subcode="cancel", error_description=text)
        found = _find_person(tenants, asked.get("person", ""))
        if found is None:
            return sign_in_page([(tenant.display_name, list(tenant.people.values())) for tenant in tenants], asked)
        return _back(asked, code=self.vault.add_code(_consent(asked, *found)), session_state="simulated")

    def redeem(self, form: Mapping[str, str]) -> Answer:
        """`authorization_code`: a code is valid once, for its application, redirect address and verifier."""
        code = form.get("code", "")
        if self.vault.was_redeemed(code):
            text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code."
            return refusal(400, "invalid_grant", 54005, text)
        consent = self.vault.take_code(code)
        if consent is None or consent.client_id != form.get("client_id"):
            return refusal(400, "invalid_grant", 70008, "The provided authorization code or refresh token has expired.")
        if consent.redirect_uri != form.get("redirect_uri"):
            text = "The reply address does not match the one of the authorization request."
            return refusal(400, "invalid_client", 500112, text)
        if consent.challenge and not consent.is_proved_by(form.get("code_verifier", "")):
            text = "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            return refusal(400, "invalid_grant", 501481, text)
        return self._grant(consent)

    def refresh(self, form: Mapping[str, str]) -> Answer:
        """`refresh_token`: a new access token without asking the person again."""
        consent = self.vault.find_refresh_token(form.get("refresh_token", ""))
        if consent is None or consent.client_id != form.get("client_id"):
            return refusal(400, "invalid_grant", 700082, "The refresh token has expired due to inactivity.")
        return self._grant(replace(consent, nonce=""))

    def _grant(self, consent: Consent) -> Answer:
        tenant = self.store.tenants.get(consent.tenant_id)
        person = tenant.people.get(consent.person_id) if tenant else None
        if tenant is None or person is None:
            return refusal(400, "invalid_grant", 50034, "The user account does not exist in the directory.")
        scopes = [scope for scope in consent.scope.split() if scope not in OPENID_SCOPES]
        body = {
            "token_type": "Bearer",  # nosec  # its name
            "scope": " ".join(scopes),
            "expires_in": self.mint.lifetime,
            "ext_expires_in": self.mint.lifetime,
            "access_token": self._access_token(consent, person, scopes),
            "id_token": self._id_token(consent, person),
            "client_info": _client_info(consent),
        }
        if "offline_access" in consent.scope.split():
            body["refresh_token"] = self.vault.add_refresh_token(consent)
        return Answer(200, body, {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})

    def _access_token(self, consent: Consent, person: Person, scopes: list[str]) -> str:
        claims = {
            "appid": consent.client_id,
            "idtyp": "user",
            "oid": person.id,
            "upn": person.user_principal_name,
            "scp": " ".join(scope.removeprefix(GRAPH_PREFIX) for scope in scopes),
        }
        return self.mint.sign(consent.tenant_id, claims)

    def _id_token(self, consent: Consent, person: Person) -> str:
        claims = {
            "aud": consent.client_id,
            "iss": f"{AUTHORITY}/{consent.tenant_id}/v2.0",
            "name": person.display_name,
            "oid": person.id,
            "preferred_username": person.user_principal_name,
            "sub": f"{consent.client_id[:8]}-{person.id}",
            "ver": "2.0",
            **({"nonce": consent.nonce} if consent.nonce else {}),
        }
        return self.mint.sign(consent.tenant_id, claims)

    def _tenants_of(self, directory: str) -> list[Tenant]:
        with self.store.lock:
            if directory.lower() in ANY_DIRECTORY:
                return list(self.store.tenants.values())
            tenant_id = self.store.find_tenant_id(directory)
            return [self.store.tenants[tenant_id]] if tenant_id else []


def _request_problem(asked: Mapping[str, str]) -> Answer | None:
    for name in REQUIRED:
        if not asked.get(name):
            text = f"The request body must contain the following parameter: '{name}'."
            return refusal(400, "invalid_request", 900144, text)
    if asked["response_type"] != "code":
        return refusal(400, "unsupported_response_type", 700054, "response_type is not enabled for the application.")
    address = urlsplit(asked["redirect_uri"])
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1"):
        text = f"The redirect URI '{asked['redirect_uri']}' specified in the request does not match the redirect URIs."
        return refusal(400, "invalid_request", 50011, text)
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return refusal(400, "invalid_request", 501491, "Invalid size of Code_Challenge parameter.")
    return None


def _find_person(tenants: list[Tenant], person_id: str) -> tuple[Tenant, Person] | None:
    found = ((tenant, tenant.people[person_id]) for tenant in tenants if person_id in tenant.people)
    return next(found, None)


def _consent(asked: Mapping[str, str], tenant: Tenant, person: Person) -> Consent:
    return Consent(
        tenant.id,
        person.id,
        asked["client_id"],
        asked["scope"],
        asked["redirect_uri"],
        asked.get("nonce", ""),
        asked.get("code_challenge", ""),
    )


def _back(asked: Mapping[str, str], **answer: str) -> Answer:
    parameters = {**answer, **({"state": asked["state"]} if "state" in asked else {})}
    separator = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return Answer(302, headers={"Location": f"{asked['redirect_uri']}{separator}{urlencode(parameters)}"})


def _client_info(consent: Consent) -> str:
    info: dict[str, Any] = {"uid": consent.person_id, "utid": consent.tenant_id}
    return base64.urlsafe_b64encode(json.dumps(info).encode()).rstrip(b"=").decode()
