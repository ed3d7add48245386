"""The signed-in person's token as the Graph client wants it (`graph.tokens.TokenSource`)."""

from collections.abc import Callable

from ops_admin.auth.microsoft.outbound.authority import SEARCH_SCOPES, Authority
from ops_admin.graph.retries import Wait


class GivenToken:
    """A token at hand, good for the moment; when Graph refuses it, there is no other."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get(self, wait: Wait) -> str:
        """Return it."""
        return self._token

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return it again: the second refusal is the answer."""
        return self._token


class KeptTokens:
    """The token kept for this sign-in and tenant; `keep` hears of the cache when it was refreshed."""

    def __init__(self, authority: Authority, keep: Callable[[str], None]) -> None:
        self._authority = authority
        self._keep = keep

    def get(self, wait: Wait) -> str:
        """Return a token that has some minutes to live; raises GraphError (graph.unauthorized)."""
        return self._token(force=False)

    def renew(self, rejected: str, wait: Wait) -> str:
        """Return a fresh one in place of one that Graph refused; raises GraphError."""
        return self._token(force=True)

    def _token(self, *, force: bool) -> str:
        token = self._authority.renewed_token(SEARCH_SCOPES, force=force)
        changed = self._authority.changed_cache
        if changed:
            self._keep(changed)
        return token
