"""The user's own token in the form that the Graph client needs (`graph.tokens.TokenSource`)."""

from collections.abc import Callable

from ops_admin.auth.microsoft.outbound.authority import SEARCH_SCOPES, Authority
from ops_admin.graph.retries import Wait


class GivenToken:
    """An access token that cannot be renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get(self, wait: Wait) -> str:
        """Return the token."""
        return self._token

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return the same token: there is no other, so a second refusal is final."""
        return self._token


class KeptTokens:
    """The stored token of this sign-in and tenant; `keep` is called with the cache after a refresh."""

    def __init__(self, authority: Authority, keep: Callable[[str], None]) -> None:
        self._authority = authority
        self._keep = keep

    def get(self, wait: Wait) -> str:
        """Return a token that is valid for some minutes; raises GraphError (graph.unauthorized)."""
        return self._token(force=False)

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return a new token in place of one that Graph refused; raises GraphError."""
        return self._token(force=True)

    def _token(self, *, force: bool) -> str:
        token = self._authority.renewed_token(SEARCH_SCOPES, force=force)
        changed = self._authority.changed_cache
        if changed:
            self._keep(changed)
        return token
