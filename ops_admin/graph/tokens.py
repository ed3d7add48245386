"""App tokens from client credentials, kept only in memory (R39)."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Protocol
from uuid import UUID

import msal

from ops_admin.graph.errors import UNAUTHORIZED, UNAVAILABLE, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.login import LoginClient, authority_of
from ops_admin.graph.retries import Wait
from ops_admin.graph.settings import DEFAULT_LIMITS, GraphSettings, Limits

logger = logging.getLogger(__name__)

_SCOPES = ["https://graph.microsoft.com/.default"]
_CANCEL_CHECK = 0.2
"""Seconds between two checks for a cancel while another thread fetches the same token."""


class TokenSource(Protocol):
    """A source of bearer tokens: the app's own, or a signed-in user's (R47)."""

    def get(self, wait: Wait) -> str:
        """Return a bearer token; raises GraphError."""

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return a token other than `rejected`, which Graph answered with 401; raises GraphError."""


class AppTokens:
    """The app's tokens for one tenant. Thread-safe; msal caches and refreshes them."""

    def __init__(self, settings: GraphSettings, tenant_external_id: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._settings = settings
        self._tenant = str(UUID(tenant_external_id))
        self._login = LoginClient(settings.login_url, limits)
        self._lock = Lock()
        self._app: Any = None

    def get(self, wait: Wait = time.sleep) -> str:
        """Return a token that is valid for some minutes; raises GraphError (graph.unauthorized, …)."""
        with self._turn(wait):
            return self._acquire()

    def renew(self, rejected: str, wait: Wait = time.sleep) -> str:
        """Return a new token. If several threads report the same rejected one, only the first fetches."""
        with self._turn(wait):
            token = self._acquire()
            if token != rejected:
                return token
            self._app.remove_tokens_for_client()
            return self._acquire()

    @contextmanager
    def _turn(self, wait: Wait) -> Iterator[None]:
        while not self._lock.acquire(timeout=_CANCEL_CHECK):
            wait(0)
        try:
            self._login.wait = wait
            yield
        finally:
            self._login.wait = time.sleep
            self._lock.release()

    def _acquire(self) -> str:
        if not self._settings.is_complete:
            raise GraphError(UNAUTHORIZED)
        try:
            self._app = self._app or self._build_app()
            answer = self._app.acquire_token_for_client(_SCOPES)
        except ValueError as refusal:  # msal could not get the tenant's discovery document
            raise GraphError(UNAUTHORIZED) from refusal
        except KeyError as gap:  # the discovery document lacks an endpoint
            raise GraphError(UNEXPECTED_RESPONSE) from gap
        token = answer.get("access_token")
        if isinstance(token, str) and token:
            return token
        logger.warning("No token for the app: %s %s", answer.get("error"), answer.get("error_codes"))
        raise GraphError(UNAVAILABLE if answer.get("error") == "temporarily_unavailable" else UNAUTHORIZED)

    def _build_app(self) -> Any:
        return msal.ConfidentialClientApplication(
            self._settings.client_id,
            client_credential=self._settings.client_credential,
            authority=authority_of(self._settings.login_url, self._tenant),
            instance_discovery=False,
            http_client=self._login,
        )


_sources: dict[tuple[GraphSettings, str], AppTokens] = {}
_sources_lock = Lock()


def app_tokens(settings: GraphSettings, tenant_external_id: str) -> AppTokens:
    """Return this process's token source for these credentials and this tenant."""
    key = (settings, tenant_external_id.lower())
    with _sources_lock:
        if key not in _sources:
            _sources[key] = AppTokens(settings, tenant_external_id)
        return _sources[key]
