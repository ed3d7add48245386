"""A full or read-only disk: a clear failure, no corruption, no partial file; afterwards work continues."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.installation import Installation, running_installation
from tests.faults.small_disks import SmallDisk, small_disk
from tests.faults.traffic import Person
from tests.faults.verdict import Ledger
from tests.graph.simulated import Simulator
from tests.support.databases import migrate_database
from tests.support.environment import OWNER
from tests.support.network import poll_until


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "small", 16) as disk:
        yield disk


def sign_in(installation: Installation) -> Person:
    return Person(installation.console.base_urls, OWNER, random.Random(1)).sign_in()  # noqa: S311  # no secret


@pytest.mark.slow_fault
def test_sqlite_on_a_full_disk_says_so_and_is_whole_afterwards(tmp_path: Path, disk: SmallDisk) -> None:
    url = f"sqlite:///{disk.folder / 'ops_admin.db'}"
    migrate_database(url, disk.folder)
    with (
        running_installation(tmp_path, url, workers=1, OPS_ADMIN_DATA_DIR=str(disk.folder)) as installation,
        closing(Ledger(url)) as ledger,
    ):
        person, simulator = sign_in(installation), Simulator(installation.console.simulator_url)
        simulator.control("PUT", "settings", latency=0.3)
        backup = person.post("/tenants/1/backups", {"types": ["deviceConfigurations", "intents"]})
        poll_until(lambda: ledger.rows("select 1 from operation_runs where status = 'running'"), timeout=30)

        disk.fill()
        # Starts succeed as long as the database's log has room for them.
        answers = iter(lambda: person.send("POST", "/tenants/1/directory/sync").status_code, 503)
        assert set(answers) <= {200, 202}
        refused = person.send("POST", "/tenants/1/directory/sync")
        assert refused.headers["Retry-After"] == "5"
        assert "The console cannot write to its database" in refused.text
        assert person.send("GET", "/operations").status_code == 200
        disk.free()

        simulator.control("PUT", "settings", latency=0)
        poll_until(lambda: person.send("POST", "/tenants/1/directory/sync").status_code in (200, 202), timeout=30)
        poll_until(lambda: not ledger.under_way(), timeout=90, message="a run was not taken up again")
        assert ledger.rows("select outcome from operation_runs where id = :id", id=backup) == [("succeeded",)]
        assert ledger.rows("pragma integrity_check") == [("ok",)]
        assert (ledger.contradictions(), person.faults) == ([], [])


@pytest.mark.slow_fault
def test_files_for_which_there_is_no_room_are_not_there_at_all(
    tmp_path: Path, disk: SmallDisk, postgres_url: str
) -> None:
    settings = {"workers": 1, "OPS_ADMIN_DATA_DIR": str(disk.folder)}
    with (
        running_installation(tmp_path, postgres_url, **settings) as installation,  # type: ignore[arg-type]  # by name
        closing(Ledger(postgres_url)) as ledger,
    ):
        person = sign_in(installation)
        assert end_of(ledger, person.post("/tenants/1/inventory/sync", {"types": ["deviceConfigurations"]})) == []
        policies = {"policy_ids": [row[0] for row in ledger.rows("select id from policies")]}

        disk.fill()
        assert end_of(ledger, person.post("/tenants/1/policies/export", policies)) == ["disk.unavailable"]
        assert end_of(ledger, person.post("/tenants/1/review-packs")) == ["disk.unavailable"]
        disk.free()
        assert files_of(disk) == []

        disk.make_read_only()
        assert end_of(ledger, person.post("/tenants/1/policies/export", policies)) == ["disk.unavailable"]
        disk.make_read_only(False)
        assert end_of(ledger, person.post("/tenants/1/policies/export", policies)) == []
        assert len(files_of(disk)) == 1
        assert (ledger.contradictions(), person.faults) == ([], [])


def end_of(ledger: Ledger, run_id: int | None) -> list[str]:
    """Wait for a run to end and return its failure codes."""
    query = "select failure_summary from operation_runs where id = :id and status = 'completed'"
    assert run_id is not None, "the start was refused"
    found = poll_until(lambda: ledger.rows(query, id=run_id), timeout=60)
    return [entry["code"] for entry in found[0][0]]


def files_of(disk: SmallDisk) -> list[Path]:
    return [path for path in (disk.folder / "files").rglob("*") if path.is_file()]
