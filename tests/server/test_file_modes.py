"""What the console writes is readable by its own account only: its folder has hashes, policies and exports (R39)."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_admin.cli import main
from ops_admin.config import make_private_folder
from tests.support.environment import CONTOSO, OPS_ADMIN, console_environment
from tests.support.processes import Console, running_console
from tests.support.sources import ROOT


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The umask of most machines, with which everybody can read files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A console whose data folder does not exist yet."""
    (tmp_path / "logs").mkdir()
    folder = tmp_path / "data"
    settings = {"OPS_ADMIN_DATA_DIR": str(folder), "OPS_ADMIN_DATABASE_URL": "", "OPS_ADMIN_SECRET_KEY": ""}
    with running_console(tmp_path / "logs", **settings) as console:
        yield console


def modes_of(folder: Path) -> dict[str, int]:
    paths = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in paths if path.exists()}


def test_nobody_else_can_read_what_a_console_at_work_has_written(console: Console, tmp_path: Path) -> None:
    console.start_simulator()
    console.run("db", "upgrade")
    console.run("seed")
    console.start_serve()
    for operation, inputs in (("inventory.sync", '{"types": ["mobileApps"]}'), ("review_pack.generate", "{}")):
        console.run("runs", "start", operation, "--tenant", CONTOSO, "--inputs", inputs, "--wait")
    modes = modes_of(tmp_path / "data")
    assert {"ops_admin.db", "ops_admin.db-wal", "secret-key"} <= set(modes)
    assert any(name.endswith(".zip") for name in modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_a_folder_that_is_open_stays_so_and_the_doctor_asks(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    environment = console_environment(tmp_path)
    subprocess.run([OPS_ADMIN, "db", "upgrade"], env=environment, check=True, capture_output=True)
    told = subprocess.run([OPS_ADMIN, "doctor"], env=environment, capture_output=True, text=True).stdout
    assert f"??  Data folder: every account of this machine can look into {tmp_path}" in told
    assert f"`chmod -R o= {tmp_path}`" in told
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    tmp_path.chmod(0o750)
    told = subprocess.run([OPS_ADMIN, "doctor"], env=environment, capture_output=True, text=True).stdout
    assert "ok  Data folder: other accounts of this machine cannot look into" in told


def test_a_folder_is_made_private_whatever_starts_the_console(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "new" / "folder")
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = console_environment(tmp_path / "file" / "data")
    done = subprocess.run([OPS_ADMIN, "db", "upgrade"], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"Error: OPS_ADMIN_DATA_DIR cannot be used: {tmp_path}/file/data: Not a directory\n"


def test_a_command_leaves_the_process_as_it_was() -> None:
    main(["db", "--help"], standalone_mode=False)
    assert os.umask(0o022) == 0o022


@pytest.mark.parametrize("unit", ["web", "worker"])
def test_the_units_keep_others_out_as_well(unit: str) -> None:
    lines = (ROOT / "deploy" / "systemd" / f"ops-admin-{unit}@.service").read_text().splitlines()
    assert {"UMask=0077", "StateDirectoryMode=0700"} <= set(lines)
