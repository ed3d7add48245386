"""Server-side storage of delegated tokens, sealed with a key that the server does not keep (R39).

The key is derived from the random token in the browser's cookie; the server has only its hash. A copy of the
files or of Redis is unreadable, and another user's cookie decrypts nothing.
"""

import base64

import redis
from cryptography.fernet import Fernet, InvalidToken

from ops_admin.config import Settings
from ops_admin.infra.adapters.cachelib_bytes import BaseCache, file_cache, redis_cache

_PREFIX = "ops_admin:delegated:"


class StoreUnavailable(RuntimeError):
    """The store cannot be reached."""


class Store:
    """Sealed texts by name, each with a lifetime in seconds. Raises StoreUnavailable if it cannot be reached."""

    def __init__(self, cache: BaseCache) -> None:
        self._cache = cache

    def put(self, name: str, key: bytes, text: str, seconds: int) -> None:
        """Store `text`, sealed with `key` (32 bytes), under the name, replacing an earlier text."""
        sealed = _fernet(key).encrypt(text.encode())
        try:
            kept = self._cache.set(name, sealed, timeout=seconds)
        except redis.RedisError as failure:
            raise StoreUnavailable from failure
        if not kept:
            raise StoreUnavailable

    def find(self, name: str, key: bytes) -> str | None:
        """Return the text with that name; None if it is gone, has expired, or was sealed with another key."""
        try:
            sealed = self._cache.get(name)
            return _fernet(key).decrypt(sealed).decode() if isinstance(sealed, bytes) else None
        except redis.RedisError as failure:
            raise StoreUnavailable from failure
        except InvalidToken:
            return None

    def forget(self, name: str) -> None:
        """Delete the text with that name."""
        try:
            self._cache.delete(name)
        except redis.RedisError as failure:
            raise StoreUnavailable from failure


def open_store(settings: Settings) -> Store:
    """Return the store of an installation: Redis if several processes share it, else a folder of files."""
    if settings.redis_url:
        client = redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5)
        return Store(redis_cache(client, _PREFIX))
    folder = settings.data_dir / "delegated"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return Store(file_cache(folder))


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))
