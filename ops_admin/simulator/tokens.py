"""Access tokens of the simulated login service: signed, bound to one tenant, with a limited lifetime."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Iterable
from typing import Any

from ops_admin.simulator.errors import GraphError

GRAPH_AUDIENCE = "https://graph.microsoft.com"
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)

Claims = dict[str, Any]


class TokenMint:
    """Issues and verifies tokens. `lifetime` is in seconds. The key lives as long as the process."""

    def __init__(self, lifetime: int = 3599) -> None:
        self.lifetime = lifetime
        self._key = secrets.token_bytes(32)

    def app_token(self, tenant_id: str, client_id: str, roles: Iterable[str] = ()) -> str:
        """Return a client-credentials token: the application acts as itself, with the permissions it was granted."""
        claims = {"appid": client_id, "idtyp": "app", "oid": str(uuid.uuid4()), "roles": sorted(roles)}
        return self.sign(tenant_id, claims)

    def sign(self, tenant_id: str, claims: Claims) -> str:
        """Return a token of the tenant with these claims in addition to the usual ones."""
        now = int(time.time())
        claims = {
            "aud": GRAPH_AUDIENCE,
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "tid": tenant_id,
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
            **claims,
        }
        head = _encode({"typ": "JWT", "alg": "HS256"})
        unsigned = f"{head}.{_encode(claims)}"
        return f"{unsigned}.{self._signature(unsigned)}"

    def claims_of(self, authorization: str | None) -> Claims:
        """Return the claims of a request's token. Raises Graph's 401 if it is not valid."""
        if not authorization or not authorization.lower().startswith("bearer "):
            raise refused_token("Access token is empty.")
        unsigned, _, signature = authorization[7:].strip().rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(unsigned).encode()):
            raise refused_token("Access token validation failure. Invalid signature.")
        claims: Claims = _decode(unsigned.split(".")[1])
        if claims["exp"] <= time.time():
            raise refused_token("Lifetime validation failed, the token is expired.")
        return claims

    def _signature(self, unsigned: str) -> str:
        digest = hmac.new(self._key, unsigned.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def refused_token(message: str) -> GraphError:
    """Return Graph's 401, with the challenge header that names the login service."""
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": CHALLENGE})


def _encode(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _decode(part: str) -> Claims:
    decoded: Claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded
