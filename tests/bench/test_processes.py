"""The benchmark's processes work on the console as it is, and leave the console's own catalog alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.operations import BUSY, QUICK
from ops_admin.runs.catalog import catalog
from tests.support.environment import OPS_ADMIN, console_environment
from tests.support.sources import ROOT


def feed(queue: str, environment: dict[str, str]) -> Any:
    words = [sys.executable, "-m", "bench.process", "feed", queue, "--seconds", "0.5", "--consume"]
    done = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("queue", ["ledger", "bare"])
def test_a_queue_is_fed_and_emptied(queue: str, database_url: str, tmp_path: Path) -> None:
    environment = console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url)
    subprocess.run([OPS_ADMIN, "seed"], env=environment, check=True, capture_output=True)

    fed = feed(queue, environment)

    assert fed["started"] == len(fed["start_seconds"]) > 0
    assert fed["ended"] - fed["began"] >= 0.5


def test_the_console_knows_no_operation_of_the_benchmark() -> None:
    assert catalog.find(QUICK.key) is None
    assert catalog.find(BUSY.key) is None
