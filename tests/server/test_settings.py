"""Settings come from the environment alone (R50)."""

import re
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops_admin.config import InvalidSetting, Settings
from tests.support.sources import ROOT


def settings(data_dir: Path, **variables: str) -> Settings:
    return Settings.from_env({"OPS_ADMIN_DATA_DIR": str(data_dir), **variables})


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert made.database_url == f"sqlite:///{tmp_path / 'ops_admin.db'}"
    assert (made.redis_url, made.workers, made.trusted_proxies) == (None, 4, 0)
    assert (made.graph_url, made.login_url) == ("https://graph.microsoft.com", "https://login.microsoftonline.com")


def test_the_generated_key_stays_and_is_readable_by_nobody_else(tmp_path: Path) -> None:
    assert settings(tmp_path).secret_key == settings(tmp_path).secret_key
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600"]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: settings(tmp_path).secret_key, range(8)))
    assert len(keys) == 1
    assert len(next(iter(keys))) >= 48


@pytest.mark.parametrize("spelling", ["postgres://db/console", "postgresql://db/console"])
def test_an_address_of_postgresql_may_be_spelled_as_usual(tmp_path: Path, spelling: str) -> None:
    assert settings(tmp_path, OPS_ADMIN_DATABASE_URL=spelling).database_url == "postgresql+psycopg://db/console"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPS_ADMIN_GRAPH_URL", "graph.microsoft.com"),
        ("OPS_ADMIN_LOGIN_URL", "ftp://login"),
        ("OPS_ADMIN_WORKERS", "many"),
        ("OPS_ADMIN_WORKERS", "0"),
        ("OPS_ADMIN_WORKERS", "²"),
        ("OPS_ADMIN_WORKERS", "9" * 5000),
        ("OPS_ADMIN_TRUSTED_PROXIES", "-1"),
        ("OPS_ADMIN_DISK_URL", "/mnt/files"),
        ("OPS_ADMIN_LOG_FORMAT", "xml"),
        ("OPS_ADMIN_METRICS_LISTEN", "9101"),
        ("OPS_ADMIN_METRICS_LISTEN", "127.0.0.1:metrics"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        settings(tmp_path, **{name: value})


def test_a_bucket_needs_the_library_that_speaks_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(tmp_path, OPS_ADMIN_DISK_URL="s3://files").disk_url == "s3://files"
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvalidSetting, match=r"OPS_ADMIN_DISK_URL .* install ops_admin\[s3\]"):
        settings(tmp_path, OPS_ADMIN_DISK_URL="s3://files")


@pytest.mark.parametrize(
    "value",
    ["redi://:hunter2@h:1/0", "hunter2", "redis://:hunter2@h:port/0", "redis://:hun/ter2@h:1/0", "unix:///hunter2"],
)
def test_an_address_of_redis_that_cannot_be_used_is_named_and_not_shown(tmp_path: Path, value: str) -> None:
    assert_refused_without(value, "OPS_ADMIN_REDIS_URL", tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "mysql://me:hunter2@db/x",
        "postgresql://me:hunter2@db:port/x",
        "postgresql://me:hunter2@db:99999/x",
        "postgresql+psycopg2://me:hunter2@db/x",
        "postgresql://me:hunter2@db/x?sslmod=hunter2",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_of_a_database_that_cannot_be_used_is_named_and_not_shown(tmp_path: Path, value: str) -> None:
    assert_refused_without(value, "OPS_ADMIN_DATABASE_URL", tmp_path)


def assert_refused_without(value: str, name: str, folder: Path) -> None:
    """Assert that neither the message nor the traceback, including its causes, quotes the value."""
    with pytest.raises(InvalidSetting, match=name) as refused:
        settings(folder, **{name: value})
    said = "".join(traceback.format_exception(refused.value))
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["OPS_ADMIN_SECRET_KEY", "OPS_ADMIN_METRICS_TOKEN"])
def test_the_placeholder_of_the_example_is_no_secret(tmp_path: Path, name: str) -> None:
    example = (ROOT / "deploy" / "environment.example").read_text()
    [placeholder] = re.findall(f"^{name}=(.+)$", example, re.MULTILINE)
    # Some readers of such files keep the quotes.
    for value in (placeholder, placeholder.strip("'")):
        with pytest.raises(InvalidSetting, match=name):
            settings(tmp_path, **{name: value})


def test_no_secret_is_shown_where_settings_are(tmp_path: Path) -> None:
    secrets = {
        "OPS_ADMIN_SECRET_KEY": "hunter2-key",
        "OPS_ADMIN_GRAPH_CLIENT_SECRET": "hunter2-client",
        "OPS_ADMIN_DEMO_PASSWORD": "hunter2-demo",
        "OPS_ADMIN_DATABASE_URL": "postgresql://console:hunter2@db/console",
        "OPS_ADMIN_REDIS_URL": "redis://:hunter2@redis",
        "OPS_ADMIN_DISK_SECRET_KEY": "hunter2-disk",
    }
    assert "hunter2" not in repr(settings(tmp_path, **secrets))
