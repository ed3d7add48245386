"""App tokens by client credentials (GRAPH.md, "Tokens"), kept in the process's memory only (R39)."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msal
import requests

from ops_admin.graph.errors import (
    UNAUTHORIZED,
    UNAVAILABLE,
    UNEXPECTED_RESPONSE,
    GraphError,
    Repeat,
    code_of_status,
)
from ops_admin.graph.retries import Wait, may_repeat_idempotent, parse_retry_after, retrying
from ops_admin.graph.settings import DEFAULT_LIMITS, GraphSettings, Limits
from ops_admin.graph.transport import Answer, Transport

logger = logging.getLogger(__name__)

_SCOPES = ["https://graph.microsoft.com/.default"]
_TURN = 0.2
"""Seconds between two looks at a cancel while another thread fetches the same token."""


class TokenSource(Protocol):
    """Whatever can say who we are to Graph: the app, or later a signed-in user (R47)."""

    def get(self, wait: Wait) -> str:
        """Return a bearer token; raises GraphError."""

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return another token than `rejected`, which Graph answered with 401; raises GraphError."""


class AppTokens:
    """The app's tokens for one tenant, for any number of threads; msal caches and refreshes them."""

    def __init__(self, settings: GraphSettings, tenant_external_id: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._settings = settings
        self._tenant = str(UUID(tenant_external_id))
        self._login = _LoginClient(settings.login_url, limits)
        self._lock = Lock()
        self._app: Any = None

    def get(self, wait: Wait = time.sleep) -> str:
        """Return a token that has some minutes to live; raises GraphError (graph.unauthorized, …)."""
        with self._turn(wait):
            return self._acquire()

    def renew(self, rejected: str, wait: Wait = time.sleep) -> str:
        """Return a fresh token; of several threads with the same rejected one, one fetches it for all."""
        with self._turn(wait):
            token = self._acquire()
            if token != rejected:
                return token
            self._app.remove_tokens_for_client()
            return self._acquire()

    @contextmanager
    def _turn(self, wait: Wait) -> Iterator[None]:
        while not self._lock.acquire(timeout=_TURN):
            wait(0)
        try:
            self._login.wait = wait
            yield
        finally:
            self._login.wait = time.sleep
            self._lock.release()

    def _acquire(self) -> str:
        if not (self._settings.client_id and self._settings.client_secret):
            raise GraphError(UNAUTHORIZED)
        try:
            self._app = self._app or self._build_app()
            answer = self._app.acquire_token_for_client(_SCOPES)
        except ValueError as refusal:  # how msal says that the tenant's discovery document cannot be had
            raise GraphError(UNAUTHORIZED) from refusal
        except KeyError as gap:  # ... or that it lacks an endpoint
            raise GraphError(UNEXPECTED_RESPONSE) from gap
        return _token_of(answer)

    def _build_app(self) -> Any:
        """msal refuses http:// authorities; `_LoginClient` turns its https:// addresses back into ours."""
        return msal.ConfidentialClientApplication(
            self._settings.client_id,
            client_credential=self._settings.client_secret,
            authority=f"https://{urlsplit(self._settings.login_url).netloc}/{self._tenant}",
            instance_discovery=False,
            http_client=self._login,
        )


_sources: dict[tuple[GraphSettings, str], AppTokens] = {}
_sources_lock = Lock()


def app_tokens(settings: GraphSettings, tenant_external_id: str) -> AppTokens:
    """Return the process's one token source for these credentials and this tenant."""
    key = (settings, tenant_external_id.lower())
    with _sources_lock:
        if key not in _sources:
            _sources[key] = AppTokens(settings, tenant_external_id)
        return _sources[key]


class _LoginResponse:
    """An answer in the shape that msal expects of its http client."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = answer.headers
        self.text = answer.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


class _LoginClient:
    """msal's way out: to the configured login host only, with our limits and our retry rules."""

    def __init__(self, login_url: str, limits: Limits) -> None:
        self._url = urlsplit(login_url)
        self._limits = limits
        self._transport = Transport(login_url, limits)
        self.wait: Wait = time.sleep

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _LoginResponse:
        query = f"?{urlencode(params)}" if params else ""
        return self._send("GET", url + query, headers or {}, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> _LoginResponse:
        query = f"?{urlencode(params)}" if params else ""
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", url + query, form, urlencode(data or {}).encode())

    def close(self) -> None:
        self._transport.close()

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _LoginResponse:
        address = self._rebase(url)
        attempts = retrying(self._limits, wait=self.wait, may_repeat=may_repeat_idempotent)
        return _LoginResponse(attempts(self._attempt, method, address, headers, body))

    def _attempt(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = self._transport.send(method, url, headers=headers, body=body)
        if answer.status == 429 or answer.status >= 500:
            raise GraphError(
                code_of_status(answer.status),
                status=answer.status,
                retry_after=parse_retry_after(answer.headers),
                repeat=Repeat.ALWAYS,
            )
        if answer.status < 300:
            answer.json_object()
        return answer

    def _rebase(self, url: str) -> str:
        """Whatever host a discovery document names, our secret goes to the configured one."""
        return urlsplit(url)._replace(scheme=self._url.scheme, netloc=self._url.netloc).geturl()


def _token_of(answer: Mapping[str, Any]) -> str:
    token = answer.get("access_token")
    if isinstance(token, str) and token:
        return token
    logger.warning("No token for the app: %s %s", answer.get("error"), answer.get("error_codes"))
    raise GraphError(UNAVAILABLE if answer.get("error") == "temporarily_unavailable" else UNAUTHORIZED)
