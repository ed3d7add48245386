"""cachelib's caches, storing plain bytes.

By default cachelib stores pickles, and reading one would execute code that somebody planted in the store.
"""

import time
from pathlib import Path
from typing import IO, Any

from cachelib import BaseCache as BaseCache
from cachelib import FileSystemCache, RedisCache
from cachelib.serializers import FileSystemSerializer, RedisSerializer
from redis import Redis

# Readable by the owner only.
_FILE_MODE = 0o600
_UNLIMITED = 0


def file_cache(folder: Path) -> BaseCache:
    """Return a cache of bytes in `folder`, with one file per entry. Expired entries are removed at each write."""
    return _FileCache(str(folder), threshold=_UNLIMITED, mode=_FILE_MODE)


def redis_cache(client: Redis, prefix: str) -> BaseCache:
    """Return a cache of bytes in Redis, under names that begin with `prefix`."""
    return _RedisCache(client, key_prefix=prefix)


class _FileBytes(FileSystemSerializer):
    def dump(self, value: Any, f: IO[bytes], protocol: int = 0) -> None:
        f.write(value)

    def load(self, f: IO[bytes]) -> bytes:
        return f.read()


class _RedisBytes(RedisSerializer):
    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return bytes(value)

    def loads(self, value: bytes | None) -> bytes | None:
        return value


class _RedisCache(RedisCache):
    serializer = _RedisBytes()


class _FileCache(FileSystemCache):
    serializer = _FileBytes()

    def _prune(self) -> None:
        # Called before each write. The library's own version removes nothing from a cache without a limit.
        self._remove_expired(time.time())
