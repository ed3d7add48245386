"""The sync and the loops beside it read the same policies, and what they asked is counted."""

from pathlib import Path

from bench.large_sync import COMPARED_TO, STEPS, measure, simulated_tenant
from bench.shapes import BenchConsole
from bench.syncing import read_batched, read_one_by_one
from ops_admin.config import Settings
from tests.support.environment import console_environment
from tests.support.sources import ROOT

POLICIES = 45
SYNC = "inventory.sync, all are new"


def test_a_sync_reads_every_policy_in_batches(sqlite_url: str, tmp_path: Path) -> None:
    with simulated_tenant(tmp_path) as tenant:
        tenant.fill(POLICIES, settings=2)
        settings = {"OPS_ADMIN_DATABASE_URL": sqlite_url, "PYTHONPATH": str(ROOT), **tenant.settings}
        console = BenchConsole(tmp_path, console_environment(tmp_path, **settings))
        console.seed()
        measured = measure(console, tenant, [SYNC])[SYNC]

    assert measured.done.policies == POLICIES
    assert measured.done.most_megabytes >= measured.done.megabytes_before > 0
    assert measured.inner == POLICIES
    assert 3 < measured.requests < POLICIES


def test_both_loops_read_every_policy(tmp_path: Path) -> None:
    with simulated_tenant(tmp_path) as tenant:
        tenant.fill(POLICIES, settings=2)
        settings = Settings.from_env(console_environment(tmp_path, **tenant.settings))

        assert read_batched(settings).policies == POLICIES
        asked = tenant.count_requests()
        assert read_one_by_one(settings).policies == POLICIES

    assert asked[1] == POLICIES


def test_what_is_compared_to_is_measured() -> None:
    assert set(COMPARED_TO) < set(STEPS)
