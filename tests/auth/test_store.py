"""Tokens are stored sealed, with a lifetime, in files or in Redis."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from ops_admin.auth.microsoft.store import Store, StoreUnavailable, open_store
from ops_admin.config import Settings
from tests.support.network import free_port, poll_until

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture(params=["files", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """The store of a single process, and the one shared by several."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    return open_store(settings_of(tmp_path, url))


def settings_of(folder: Path, redis_url: str | None = None) -> Settings:
    return Settings(data_dir=folder, database_url="sqlite://", secret_key="s", redis_url=redis_url)


def test_an_entry_is_found_only_with_its_key(store: Store) -> None:
    store.put("name", KEY, "a secret", 60)
    assert store.find("name", KEY) == "a secret"
    assert store.find("name", OTHER) is None
    assert store.find("another", KEY) is None


def test_deleted_entries_are_gone(store: Store) -> None:
    store.put("name", KEY, "a secret", 60)
    store.forget("name")
    assert store.find("name", KEY) is None


def test_expired_entries_are_gone(store: Store) -> None:
    store.put("name", KEY, "a secret", 1)
    poll_until(lambda: store.find("name", KEY) is None)


def test_expired_files_are_removed_when_another_is_written(tmp_path: Path) -> None:
    store = open_store(settings_of(tmp_path))

    def files_after_another() -> int:
        store.put("new", KEY, "a secret", 60)
        return len(list((tmp_path / "delegated").iterdir()))

    store.put("old", KEY, "a secret", 1)
    assert files_after_another() == 2
    poll_until(lambda: files_after_another() == 1)


def test_redis_holds_nothing_readable(redis_url: str, tmp_path: Path) -> None:
    open_store(settings_of(tmp_path, redis_url)).put("name", KEY, "a secret", 60)
    with redis.Redis.from_url(redis_url) as connection:
        [key] = connection.keys("ops_admin:delegated:*")
        assert b"a secret" not in connection.get(key)
        assert 0 < connection.ttl(key) <= 60


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.put("name", KEY, "a secret", 60),
        lambda store: store.find("name", KEY),
        lambda store: store.forget("name"),
    ],
)
def test_an_unreachable_redis_is_reported(tmp_path: Path, ask: Callable[[Store], object]) -> None:
    store = open_store(settings_of(tmp_path, f"redis://127.0.0.1:{free_port()}"))
    with pytest.raises(StoreUnavailable):
        ask(store)
