"""The built wheel, installed elsewhere and without the source, is the whole console (R87)."""

import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ops_admin.resources import FOLDERS
from tests.support.environment import CONTOSO, DEMO_PASSWORD, OPERATOR
from tests.support.installing import Installation
from tests.support.network import free_port
from tests.support.processes import Process
from tests.support.sources import PACKAGE, ROOT

pytestmark = pytest.mark.xdist_group("wheel")


def files_below(folder: Path) -> set[str]:
    """The files of a folder of the checkout, but what Python and a test run leave in it."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_all_that_the_checkout_has(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for name in FOLDERS:
        assert {f"ops_admin/{name}/{file}" for file in files_below(ROOT / name)} <= packed
    assert {f"ops_admin/{file}" for file in files_below(PACKAGE)} <= packed
    assert {name.partition("/")[0] for name in packed if not name.startswith("ops_admin-")} == {"ops_admin"}


def test_it_brings_what_an_administrator_needs_besides(installation: Installation) -> None:
    brought = installation.folder / "share" / "ops_admin"
    assert files_below(brought / "deploy") == files_below(ROOT / "deploy")
    assert {path.name for path in (brought / "requirements").iterdir()} == {"console.txt", "s3.txt", "telemetry.txt"}
    for script in ("ops-admin", "rolling-restart"):
        assert (brought / "deploy" / script).stat().st_mode & 0o111 == 0o111


def test_the_lock_holds_every_library_that_the_wheel_asks_for(installation: Installation) -> None:
    installation.pip("check")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a shell elsewhere has set: nothing that leads to the checkout, nor to a tenant but the simulated one."""
    return {
        "PATH": os.environ["PATH"],
        "OPS_ADMIN_DATA_DIR": str(tmp_path / "var"),
        "OPS_ADMIN_DEMO_PASSWORD": DEMO_PASSWORD,
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def demo(installation: Installation, environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of `ops-admin serve --demo`, started in an empty folder."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    words = ["serve", "--demo", "--port", str(port)]
    process = Process.start("demo", words, environment, tmp_path, program=[installation.ops_admin])
    try:
        process.wait_until(f"{url}/readyz")
        yield url
    finally:
        process.stop()


def test_the_demo_runs_without_the_source(
    demo: str, installation: Installation, environment: dict[str, str], tmp_path: Path
) -> None:
    visitor = requests.Session()
    page = visitor.get(f"{demo}/login").text
    linked = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert {Path(path).suffix for path in linked} >= {".css", ".js"}
    assert {visitor.get(demo + path).status_code for path in linked} == {200}

    [token, *_] = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"email": OPERATOR, "password": DEMO_PASSWORD, "csrf_token": token}
    visitor.post(f"{demo}/login", data=form).raise_for_status()
    command = [str(installation.ops_admin), "runs", "start", "inventory.sync", "--tenant", CONTOSO, "--wait"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    operations = visitor.get(f"{demo}/operations")
    assert (operations.status_code, "Contoso (simulated)" in operations.text) == (200, True)


def test_a_bucket_without_its_library_is_refused_at_once(
    installation: Installation, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["OPS_ADMIN_DISK_URL"] = "s3://files"
    done = subprocess.run(
        [installation.ops_admin, "db", "upgrade"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    said = "OPS_ADMIN_DISK_URL needs a library that is not installed: install ops_admin[s3]"
    assert (done.returncode, done.stderr) == (2, f"Error: {said}\n")
