"""Styles and scripts are cached, compressed, and never those of another version."""

import gzip
from pathlib import Path

import pytest

from ops_admin.web.static_files import static_url_path
from tests.support.clients import ConsoleClient


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine, because static files do not depend on it."""
    return sqlite_url


def test_the_address_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("one")
    before = static_url_path(tmp_path)
    assert static_url_path(tmp_path) == before
    (tmp_path / "app.js").write_text("two")
    after = static_url_path(tmp_path)
    (tmp_path / "app.js").rename(tmp_path / "other.js")
    assert len({before, after, static_url_path(tmp_path)}) == 3


def test_pages_lead_to_static_files_that_may_be_kept_for_a_year(client: ConsoleClient) -> None:
    prefix = client.application.static_url_path
    assert f'href="{prefix}/css/app.css"' in client.get("/login").text
    with client.get(f"{prefix}/css/app.css") as style:
        assert "max-age=31536000" in style.headers["Cache-Control"]


def test_static_files_are_compressed(client: ConsoleClient) -> None:
    path = f"{client.application.static_url_path}/vendor/tabler.min.css"
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as packed, client.get(path) as plain:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < len(plain.data) / 4
        assert gzip.decompress(packed.data) == plain.data


def test_pages_are_not_compressed_because_they_hold_tokens(client: ConsoleClient) -> None:
    assert "Content-Encoding" not in client.get("/login", headers={"Accept-Encoding": "gzip, br"}).headers
