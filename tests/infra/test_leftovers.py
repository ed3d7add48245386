"""Files that nobody may download any more are deleted once, and one that cannot be holds up no other (R46, R48)."""

import logging
from pathlib import Path

import pytest

from ops_admin.config import Settings
from ops_admin.infra.file_storage import default_disk
from ops_admin.infra.file_storage.leftovers import Leftover, delete_leftovers


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"OPS_ADMIN_DATA_DIR": str(tmp_path)})


def make_file(settings: Settings, path: str) -> None:
    with default_disk(settings).write(path) as file:
        file.write(b"whole")


def test_each_file_is_deleted_before_its_record_forgets_it(settings: Settings) -> None:
    make_file(settings, "1.zip")
    seen = []

    def forget(record_id: int) -> None:
        seen.append((record_id, default_disk(settings).exists("1.zip")))

    leftovers = [Leftover(7, "local", "1.zip"), Leftover(8, "local", "gone.zip")]
    assert delete_leftovers(settings, "review pack", leftovers, forget) == 2
    assert seen == [(7, False), (8, False)]


def test_a_disk_that_cannot_be_reached_holds_up_no_other(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    make_file(settings, "1.zip")
    forgotten: list[int] = []
    leftovers = [Leftover(7, "s3", "7.zip"), Leftover(8, "local", "1.zip")]
    with caplog.at_level(logging.WARNING):
        assert delete_leftovers(settings, "policy export", leftovers, forgotten.append) == 1
    assert forgotten == [8]
    assert "the file of policy export 7 stays for now" in caplog.text
