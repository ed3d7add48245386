"""cachelib stores our bytes unchanged, and executes nothing that it reads."""

import pickle
import stat
import struct
import time
from pathlib import Path

import pytest
from cachelib import BaseCache, FileSystemCache, RedisCache
from redis import Redis

from ops_admin.infra.adapters.cachelib_bytes import file_cache, redis_cache
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed
from tests.support.network import poll_until

FAR_AWAY = 2**31
ADAPTER = Adapter(
    "infra/adapters/cachelib_bytes.py",
    "cachelib",
    (
        Promise(lambda: FileSystemCache, "_prune", "overrides it to remove what has expired", ("self",)),
        Promise(lambda: FileSystemCache, "_remove_expired", "calls it before each write", ("self", "now")),
        Promise(lambda: FileSystemCache, "serializer", "replaces pickle by bytes"),
        Promise(lambda: RedisCache, "serializer", "replaces pickle by bytes"),
    ),
)


class Planted:
    """Raises as soon as it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("what was planted has been executed",)


@pytest.fixture(params=["files", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> BaseCache:
    if request.param == "files":
        return file_cache(tmp_path)
    return redis_cache(Redis.from_url(request.getfixturevalue("redis_url")), "prefix:")


def test_the_installed_cachelib_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


@pytest.mark.parametrize("value", [b"some bytes", b"!\x80 like a pickle", b"42", b"\x00"])
def test_bytes_come_back_as_they_were(cache: BaseCache, value: bytes) -> None:
    assert cache.set("name", value, timeout=60)
    assert cache.get("name") == value
    assert cache.delete("name")
    assert cache.get("name") is None


def test_a_file_holds_the_bytes_themselves_for_its_owner_alone(tmp_path: Path) -> None:
    file_cache(tmp_path).set("name", b"some bytes", timeout=60)
    [path] = tmp_path.iterdir()
    assert path.read_bytes().endswith(b"some bytes")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_redis_holds_the_bytes_themselves_below_the_prefix(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        redis_cache(client, "prefix:").set("name", b"some bytes", timeout=60)
        assert client.get("prefix:name") == b"some bytes"
        assert 0 < client.ttl("prefix:name") <= 60


def test_a_pickle_that_was_planted_in_a_file_is_not_executed(tmp_path: Path) -> None:
    cache = file_cache(tmp_path)
    cache.set("name", b"some bytes", timeout=60)
    [path] = tmp_path.iterdir()
    planted = pickle.dumps(Planted())
    path.write_bytes(struct.pack("I", FAR_AWAY) + planted)
    assert cache.get("name") == planted


@pytest.mark.parametrize("mark", [b"", b"!"])
def test_a_pickle_that_was_planted_in_redis_is_not_executed(redis_url: str, mark: bytes) -> None:
    with Redis.from_url(redis_url) as client:
        planted = mark + pickle.dumps(Planted())
        client.set("prefix:name", planted)
        assert redis_cache(client, "prefix:").get("name") == planted


def test_files_that_expired_are_removed_by_the_next_write(tmp_path: Path) -> None:
    cache = file_cache(tmp_path)
    cache.set("old", b"some bytes", timeout=1)
    begun = time.time()
    poll_until(lambda: cache.set("new", b"some bytes", timeout=60) and len(list(tmp_path.iterdir())) == 1)
    assert time.time() - begun < 30
