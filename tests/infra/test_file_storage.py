"""A folder and a bucket keep the same promises: a file appears complete or not at all."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ops_admin.config import InvalidSetting, Settings
from ops_admin.infra.file_storage import default_disk, disk_of, local
from ops_admin.infra.file_storage.disks import Disk, DiskUnavailable, FileMissing
from tests.support.environment import console_environment

KEYS = {"OPS_ADMIN_DISK_ACCESS_KEY": "a-name", "OPS_ADMIN_DISK_SECRET_KEY": "hush-hush"}
MEGABYTE = bytes(1024 * 1024)


@pytest.fixture(scope="module")
def bucket_service() -> Iterator[str]:
    """An S3-compatible server with the bucket `files`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a-name", aws_secret_access_key="hush-hush"
    )
    client.create_bucket(Bucket="files")
    client.close()
    yield url
    server.stop()


def settings_for(folder: Path, **variables: str) -> Settings:
    return Settings.from_env(console_environment(folder, **variables))


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "local":
        return settings_for(tmp_path)
    url = request.getfixturevalue("bucket_service")
    address = f"s3://files/console-{tmp_path.name}?endpoint={url}&region=us-east-1"
    return settings_for(tmp_path, OPS_ADMIN_DISK_URL=address, **KEYS)


@pytest.fixture
def disk(settings: Settings) -> Disk:
    return default_disk(settings)


def put(disk: Disk, path: str, content: bytes) -> None:
    with disk.write(path) as file:
        file.write(content)


def test_what_was_written_is_read_again(disk: Disk) -> None:
    put(disk, "packs/1/a b.zip", b"one" * 1000)

    with disk.read("packs/1/a b.zip") as file:
        assert (file.read(3), file.read()) == (b"one", b"one" * 999)
    assert disk.size("packs/1/a b.zip") == 3000


def test_a_large_file_goes_in_pieces(disk: Disk) -> None:
    with disk.write("large") as file:
        for _ in range(20):
            file.write(MEGABYTE)

    assert disk.size("large") == 20 * len(MEGABYTE)


def test_a_file_is_replaced_as_a_whole(disk: Disk) -> None:
    put(disk, "one", b"before")
    with disk.write("one") as file:
        file.write(b"after")
        with disk.read("one") as present:
            assert present.read() == b"before"

    with disk.read("one") as present:
        assert present.read() == b"after"


def test_a_writer_that_fails_leaves_nothing(disk: Disk) -> None:
    with pytest.raises(RuntimeError), disk.write("half") as file:
        file.write(b"half of it")
        raise RuntimeError("the worker stops here")

    assert not disk.exists("half")


def test_a_writer_that_fails_leaves_no_draft(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), default_disk(settings_for(tmp_path)).write("half") as file:
        file.write(b"half of it")
        raise RuntimeError("the worker stops here")

    assert list((tmp_path / "files").iterdir()) == []


def test_a_file_is_on_the_disk_before_it_is_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a power failure could leave the name of an empty file."""
    done: list[tuple[str, int]] = []

    def sync(handle: int) -> None:
        done.append(("synced", os.fstat(handle).st_size))

    def replace(draft: str, target: Path) -> None:
        done.append(("moved", Path(draft).stat().st_size))
        os.replace(draft, target)

    monkeypatch.setattr(local, "os", SimpleNamespace(fdopen=os.fdopen, fsync=sync, replace=replace))
    put(default_disk(settings_for(tmp_path)), "one", b"whole")

    assert done == [("synced", 5), ("moved", 5)]


def test_what_is_not_there_is_said_to_be_missing(disk: Disk) -> None:
    assert not disk.exists("nothing")
    for ask in (disk.read, disk.size):
        with pytest.raises(FileMissing):
            ask("nothing")


def test_deleting_twice_is_deleting_once(disk: Disk) -> None:
    put(disk, "one", b"1")
    disk.delete("one")
    disk.delete("one")

    assert not disk.exists("one")


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret-key", "a/../../b", "", "a\\b", "nul\0"])
def test_no_path_leads_out_of_a_disk(disk: Disk, path: str) -> None:
    assert not disk.exists(path)
    with pytest.raises(FileMissing, match="not a path"):
        disk.read(path)
    with pytest.raises(ValueError, match="not a path"), disk.write(path):
        pass


def test_a_record_finds_the_disk_that_it_names(disk: Disk, settings: Settings) -> None:
    put(disk, "one", b"1")

    assert disk_of(settings, disk.name).exists("one")


def test_a_local_file_is_found_after_a_bucket_was_configured(tmp_path: Path) -> None:
    put(default_disk(settings_for(tmp_path)), "one", b"1")

    later = settings_for(tmp_path, OPS_ADMIN_DISK_URL="s3://files?region=us-east-1", **KEYS)
    assert default_disk(later).name == "s3"
    assert disk_of(later, "local").exists("one")


def test_a_disk_that_is_not_configured_any_more_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DiskUnavailable):
        disk_of(settings_for(tmp_path), "s3")


def test_a_bucket_that_refuses_is_unavailable(tmp_path: Path, bucket_service: str) -> None:
    address = f"s3://no-such-bucket?endpoint={bucket_service}&region=us-east-1"
    disk = default_disk(settings_for(tmp_path, OPS_ADMIN_DISK_URL=address, **KEYS))

    with pytest.raises(DiskUnavailable), disk.write("one") as file:
        file.write(b"1")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file, not a folder")

    with pytest.raises(DiskUnavailable), default_disk(settings_for(tmp_path)).write("one/two"):
        pass


def test_drafts_of_dead_writers_are_swept_away(tmp_path: Path) -> None:
    disk = default_disk(settings_for(tmp_path))
    put(disk, "one", b"1")
    old, young = tmp_path / "files" / ".draft-old", tmp_path / "files" / ".draft-young"
    for draft in (old, young):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 100_000,) * 2)

    put(disk, "two", b"2")

    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("address", ["file:///tmp", "s3://", "s3://bucket?colour=blue", "s3://key:secret@bucket"])
def test_an_address_that_makes_no_sense_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidSetting, match="OPS_ADMIN_DISK_URL"):
        default_disk(settings_for(tmp_path, OPS_ADMIN_DISK_URL=address))


def test_the_secret_is_not_in_the_settings_text(tmp_path: Path) -> None:
    assert "hush-hush" not in repr(settings_for(tmp_path, **KEYS))
