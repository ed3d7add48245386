"""Authorization codes and refresh tokens, which expire. A code can be redeemed only once."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, replace

CODE_SECONDS = 600
REFRESH_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Consent:
    """What a person agreed to: the application, on whose behalf, the scopes, and the proof required to redeem."""

    tenant_id: str
    person_id: str
    client_id: str
    scope: str
    redirect_uri: str = ""
    nonce: str = ""
    challenge: str = ""
    expires_at: float = 0.0

    def is_proved_by(self, verifier: str) -> bool:
        """Whether the challenge was made from `verifier` (PKCE, RFC 7636)."""
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


class Vault:
    """Stores consents under random codes and tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, Consent] = {}
        self._redeemed: set[str] = set()
        self._refreshing: dict[str, Consent] = {}

    def add_code(self, consent: Consent) -> str:
        """Store a consent under a new authorization code."""
        code = f"1.{secrets.token_urlsafe(48)}"
        with self._lock:
            self._codes[code] = replace(consent, expires_at=time.time() + CODE_SECONDS)
        return code

    def take_code(self, code: str) -> Consent | None:
        """Return and remove the code's consent. None if the code is unknown, used or expired."""
        with self._lock:
            consent = self._codes.pop(code, None)
            if consent is not None:
                self._redeemed.add(code)
        return consent if consent and consent.expires_at > time.time() else None

    def was_redeemed(self, code: str) -> bool:
        """Whether the code has been redeemed before."""
        return code in self._redeemed

    def add_refresh_token(self, consent: Consent) -> str:
        """Store a consent under a new refresh token."""
        token = f"1.{secrets.token_urlsafe(64)}"
        with self._lock:
            self._refreshing[token] = replace(consent, expires_at=time.time() + REFRESH_SECONDS)
        return token

    def find_refresh_token(self, token: str) -> Consent | None:
        """Return the refresh token's consent. None if the token is unknown, revoked or expired."""
        with self._lock:
            consent = self._refreshing.get(token)
        return consent if consent and consent.expires_at > time.time() else None

    def revoke(self) -> None:
        """Delete all codes and refresh tokens."""
        with self._lock:
            self._codes.clear()
            self._redeemed.clear()
            self._refreshing.clear()
