"""The authorization code flow, by msal: PKCE, state and nonce."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msal

from ops_admin.graph.errors import UNAUTHORIZED, GraphError
from ops_admin.graph.login import LoginClient, authority_of
from ops_admin.graph.settings import GraphSettings, Limits

logger = logging.getLogger(__name__)

# msal recommends a callback by POST, but a POST from another site arrives without our SameSite=Lax session cookie, and
# so without the state to compare. The code in the URL is useless without PKCE verifier and client secret.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended", category=UserWarning)

ANY_ORGANISATION = "organizations"
GRAPH = "https://graph.microsoft.com/"
SIGN_IN_SCOPES = [f"{GRAPH}User.Read"]
SEARCH_SCOPES = [f"{GRAPH}Group.Read.All"]

LIMITS = Limits(
    connect_timeout=5,
    read_timeout=15,
    max_attempts=2,
    max_seconds=15,
    first_backoff=0.3,
    attempts_after_giving_up=1,
    seconds_after_giving_up=5,
    max_body=4 * 1024 * 1024,
)
"""Users wait at a browser: a clear error soon is better than a late success."""


class SignInFailed(Exception):
    """Microsoft did not sign the user in. `reason` is an OAuth error code, safe to log, or None."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or "failed")
        self.reason = reason


@dataclass(frozen=True)
class SignedIn:
    """The result of redeeming a code: the claims of the ID token, an access token, and msal's cache."""

    claims: Mapping[str, Any]
    access_token: str
    cache: str


class Authority:
    """The login service of one directory, or of any organisation, for one request."""

    def __init__(self, settings: GraphSettings, directory: str, cache: str | None = None) -> None:
        self._settings = settings
        self._directory = directory
        self._client = LoginClient(settings.login_url, LIMITS)
        self._cache = msal.SerializableTokenCache()
        if cache:
            self._cache.deserialize(cache)

    def __enter__(self) -> "Authority":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def changed_cache(self) -> str | None:
        """msal's cache, if a token was fetched since it was opened."""
        return str(self._cache.serialize()) if self._cache.has_state_changed else None

    def begin(self, scopes: list[str], redirect_uri: str) -> dict[str, Any]:
        """Start a flow and return msal's state of it; the browser goes to its `auth_uri`. Raises SignInFailed."""
        with _failures_translated():
            flow: dict[str, Any] = self._app(scopes).initiate_auth_code_flow(
                scopes, redirect_uri=redirect_uri, prompt="select_account"
            )
        # Whatever host a discovery document names, the browser goes to the configured one.
        ours = urlsplit(self._settings.login_url)
        flow["auth_uri"] = urlsplit(flow["auth_uri"])._replace(scheme=ours.scheme, netloc=ours.netloc).geturl()
        return flow

    def finish(self, flow: dict[str, Any], answer: Mapping[str, str]) -> SignedIn:
        """Redeem the code of `answer`, which must have the flow's state. Raises SignInFailed."""
        with _failures_translated():
            result = self._app(flow["scope"]).acquire_token_by_auth_code_flow(flow, dict(answer))
        if "access_token" not in result or "id_token_claims" not in result:
            raise SignInFailed(str(result.get("error")))
        return SignedIn(result["id_token_claims"], result["access_token"], self._cache.serialize())

    def renewed_token(self, scopes: list[str], *, force: bool = False) -> str:
        """Return an access token from the cache, refreshed if it is about to expire. Raises GraphError."""
        try:
            app = self._app(scopes)
            accounts = app.get_accounts()
            found = app.acquire_token_silent(scopes, accounts[0], force_refresh=force) if accounts else None
        except (ValueError, KeyError) as refusal:
            raise GraphError(UNAUTHORIZED) from refusal
        if not found or "access_token" not in found:
            raise GraphError(UNAUTHORIZED)
        return str(found["access_token"])

    def _app(self, scopes: list[str]) -> Any:
        # Signing in needs no refresh token, so none is requested that could be lost.
        unneeded = ["offline_access"] if SEARCH_SCOPES[0] not in scopes else []
        return msal.ConfidentialClientApplication(
            self._settings.client_id,
            client_credential=self._settings.client_credential,
            authority=authority_of(self._settings.login_url, self._directory),
            instance_discovery=False,
            http_client=self._client,
            token_cache=self._cache,
            exclude_scopes=unneeded,
        )


@contextmanager
def _failures_translated() -> Iterator[None]:
    """msal raises ValueError for a bad state or discovery, RuntimeError for the nonce, KeyError for missing fields."""
    try:
        yield
    except GraphError as error:
        raise SignInFailed(error.code) from error
    except (ValueError, RuntimeError, KeyError) as refusal:
        # Without the error's text, which may quote the whole answer, including the code.
        logger.warning("Microsoft sign-in was refused here: %s", type(refusal).__name__)
        raise SignInFailed("refused") from refusal
