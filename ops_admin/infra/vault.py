"""Seals the secret values of policies, and gives each a keyed digest (R56). See docs/adr/0037-secrets.md."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ops_admin.infra.sealing import SealBroken, seal, unseal

_PURPOSE = "policy secrets"
_DIGITS = 32


class Vault:
    """Seals under a key derived from the console's secret key. With another key, nothing sealed can be opened."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def digest(self, value: object) -> str:
        """Return 32 hexadecimal digits: equal for equal values, and of no use to whoever lacks the key."""
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]

    def seal(self, values: Mapping[str, Any]) -> str:
        """Return the values as one sealed text; empty if there are none."""
        return seal(self._secret_key, _PURPOSE, json.dumps(values)) if values else ""

    def open(self, sealed: str | None) -> dict[str, Any]:
        """Return sealed values. None of them if they were sealed under another key: they have to be asked for."""
        if not sealed:
            return {}
        try:
            values: dict[str, Any] = json.loads(unseal(self._secret_key, _PURPOSE, sealed))
        except SealBroken:
            return {}
        return values

    @cached_property
    def _digest_key(self) -> bytes:
        info = b"ops_admin digests of policy secrets"
        return HKDF(SHA256(), 32, salt=None, info=info).derive(self._secret_key.encode())


@lru_cache(maxsize=8)
def vault_of(secret_key: str) -> Vault:
    """Return the vault of a secret key; its keys are derived once."""
    return Vault(secret_key)
