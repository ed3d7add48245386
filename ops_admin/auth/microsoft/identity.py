"""Validates the claims of an ID token, which msal only decodes. Pure."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ops_admin.auth.microsoft.admission import MicrosoftIdentity

_SKEW_SECONDS = 300
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 254


class InvalidClaims(ValueError):
    """The ID token is for another audience or directory, has expired, or lacks a claim."""


def read_identity(claims: Mapping[str, Any], client_id: str, directory: str | None) -> MicrosoftIdentity:
    """Return the identity that the token names; raises InvalidClaims. `directory` None allows any.

    The token came directly from the login service over TLS, which replaces checking its signature (OpenID Connect
    Core, 3.1.3.7). Audience, issuer and times are checked here, the nonce by msal.
    """
    tenant_id, oid = _uuid(claims, "tid"), _uuid(claims, "oid")
    expires_at = claims.get("exp")
    if claims.get("aud") != client_id:
        raise InvalidClaims("audience")
    if not isinstance(expires_at, int | float) or expires_at < time.time() - _SKEW_SECONDS:
        raise InvalidClaims("expired")
    if not str(claims.get("iss", "")).endswith(f"/{tenant_id}/v2.0"):
        raise InvalidClaims("issuer")
    if directory is not None and tenant_id != directory.lower():
        raise InvalidClaims("directory")
    address = str(claims.get("preferred_username") or "").strip().lower()
    if "@" not in address or len(address) > _LONGEST_ADDRESS or any(char.isspace() for char in address):
        raise InvalidClaims("preferred_username")
    name = " ".join(str(claims.get("name") or address).split())[:_LONGEST_NAME]
    return MicrosoftIdentity(tenant_id, oid, name, address)


def _uuid(claims: Mapping[str, Any], name: str) -> str:
    try:
        return str(UUID(str(claims.get(name))))
    except ValueError as malformed:
        raise InvalidClaims(name) from malformed
