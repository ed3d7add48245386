"""The login service: discovery, and tokens for applications and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_admin.simulator.certificates import AssertionRefused, check_assertion
from ops_admin.simulator.messages import Answer
from ops_admin.simulator.oauth import AUTHORITY, refusal, tenant_unknown
from ops_admin.simulator.permissions import granted
from ops_admin.simulator.signing_in import ANY_DIRECTORY, SigningIn
from ops_admin.simulator.store import Store
from ops_admin.simulator.tokens import TokenMint

GRAPH_SCOPE = "https://graph.microsoft.com/.default"


class LoginService:
    """Serves every tenant of the store. It refuses the client secrets in `refused_secrets`.

    `certificates` are those that were uploaded to applications: PEM texts by application id.
    """

    def __init__(self, store: Store, mint: TokenMint) -> None:
        self.store = store
        self.mint = mint
        self.signing_in = SigningIn(store, mint)
        self.refused_secrets: frozenset[str] = frozenset()
        self.certificates: dict[str, list[str]] = {}

    def discover(self, tenant: str) -> Answer:
        """Return the OpenID configuration, always with the public https addresses, as msal requires."""
        if tenant.lower() in ANY_DIRECTORY:
            return Answer(200, {**_configuration(tenant.lower()), "issuer": f"{AUTHORITY}/{{tenantid}}/v2.0"})
        tenant_id = self.store.find_tenant_id(tenant)
        if tenant_id is None:
            return tenant_unknown(tenant)
        return Answer(200, _configuration(tenant_id))

    def token(self, tenant: str, form: Mapping[str, str]) -> Answer:
        """The token endpoint, for an application itself or for a signed-in person."""
        tenant_id = self.store.find_tenant_id(tenant)
        grant_type = form.get("grant_type")
        if tenant_id is None and (tenant.lower() not in ANY_DIRECTORY or grant_type == "client_credentials"):
            return tenant_unknown(tenant)
        if grant_type == "authorization_code":
            return self._credentials_problem(form) or self.signing_in.redeem(form)
        if grant_type == "refresh_token":
            return self._credentials_problem(form) or self.signing_in.refresh(form)
        if grant_type != "client_credentials" or tenant_id is None:
            return refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        problem = self._credentials_problem(form) or _scope_problem(form)
        return problem or self._grant(tenant_id, form["client_id"])

    def _credentials_problem(self, form: Mapping[str, str]) -> Answer | None:
        client_id = form.get("client_id")
        if not client_id:
            text = "The request body must contain the following parameter: 'client_id'."
            return refusal(400, "invalid_request", 900144, text)
        if form.get("client_assertion"):
            return self._assertion_problem(client_id, form)
        secret = form.get("client_secret")
        if not secret:
            text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            return refusal(401, "invalid_client", 7000218, text)
        if secret in self.refused_secrets:
            text = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret"
                f" value, not the client secret ID, for a secret added to app '{client_id}'."
            )
            return refusal(401, "invalid_client", 7000215, text)
        return None

    def _assertion_problem(self, client_id: str, form: Mapping[str, str]) -> Answer | None:
        try:
            check_assertion(form, client_id, self.certificates.get(client_id, []))
        except AssertionRefused as error:
            return refusal(401, "invalid_client", error.number, str(error))
        return None

    def _grant(self, tenant_id: str, client_id: str) -> Answer:
        lifetime = self.mint.lifetime
        withheld = self.store.tenants[tenant_id].conduct.withheld
        token = self.mint.app_token(tenant_id, client_id, granted(withheld))
        body = {
            "token_type": "Bearer",  # nosec  # its name
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }
        return Answer(200, body, {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})


def _scope_problem(form: Mapping[str, str]) -> Answer | None:
    scope = form.get("scope", "")
    if not scope:
        text = "The request body must contain the following parameter: 'scope'."
        return refusal(400, "invalid_request", 900144, text)
    if GRAPH_SCOPE not in scope.split():
        text = f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."  # noqa: E501 - the service's sentence
        return refusal(400, "invalid_scope", 1002012, text)
    return None


def _configuration(tenant_id: str) -> dict[str, Any]:
    base = f"{AUTHORITY}/{tenant_id}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{base}/v2.0",
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "http_logout_supported": True,
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }
