"""PostgreSQL goes away mid-run: pages report it, nothing spins, and running work ends as if nothing had happened."""

import os
import random
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.faults.engines import CRASH, STOP, OwnPostgres, own_postgres
from tests.faults.installation import Installation, running_installation
from tests.faults.traffic import Person
from tests.faults.verdict import Ledger
from tests.graph.simulated import Simulator
from tests.support.databases import migrate_database
from tests.support.environment import OWNER
from tests.support.network import poll_until
from tests.support.processes import Process

SECONDS_AWAY = 6
# The share of one core for a waiting process: far more than it needs, far less than a loop without a pause uses.
MOST_CPU = 0.4


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def installation(postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("away")
    postgres.server.execute("create database away")
    url = postgres.server.url("away")
    migrate_database(url, folder)
    with running_installation(folder, url, workers=1) as installation:
        yield installation
        postgres.stop(CRASH)  # the processes must also be able to stop without a database


@pytest.fixture(scope="module")
def person(installation: Installation) -> Person:
    return Person(installation.console.base_urls, OWNER, random.Random(1)).sign_in()  # noqa: S311  # no secret


@pytest.mark.xdist_group("database-away")
@pytest.mark.parametrize(
    "how", [pytest.param(STOP, id="restarted", marks=pytest.mark.slow_fault), pytest.param(CRASH, id="crashed")]
)
def test_work_and_pages_survive_a_database_that_goes_away(
    postgres: OwnPostgres, installation: Installation, person: Person, how: signal.Signals
) -> None:
    ledger = Ledger(installation.console.database_url)
    Simulator(installation.console.simulator_url).control("PUT", "settings", latency=0.3)
    started = person.post("/tenants/1/inventory/sync", {"types": ["deviceConfigurations", "intents", "mobileApps"]})
    backup = person.post("/tenants/1/backups", {"types": ["deviceConfigurations"]})
    poll_until(lambda: ledger.rows("select 1 from operation_runs where status = 'running'"), timeout=30)

    postgres.stop(how)
    before = {each.name: cpu_seconds(each.holder) for each in installation.posts}
    begun = time.monotonic()
    assert_pages_say_so(person)
    time.sleep(max(0, SECONDS_AWAY - (time.monotonic() - begun)))
    spent = {each.name: cpu_seconds(each.holder) - before[each.name] for each in installation.posts}
    lasted = time.monotonic() - begun
    postgres.start()

    Simulator(installation.console.simulator_url).control("PUT", "settings", latency=0)
    poll_until(lambda: person.send("GET", "/operations").status_code == 200, timeout=30)
    poll_until(lambda: not ledger.under_way(), timeout=60, message="a run was not taken up again")
    ends = dict(ledger.rows("select id, outcome from operation_runs"))
    assert (ends[started], ends[backup]) == ("succeeded", "succeeded")
    assert ledger.contradictions() == []
    assert all(each.holder.is_running() for each in installation.posts)
    assert {name: seconds for name, seconds in spent.items() if seconds > MOST_CPU * lasted} == {}
    ledger.close()


def assert_pages_say_so(person: Person) -> None:
    """A page, JSON and a fragment each answer 503 in their own form with Retry-After.

    The process is live, not ready.
    """
    url = person.urls[0]
    session = person._session
    page = session.get(f"{url}/operations", timeout=30)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "The console cannot reach its database" in page.text
    assert re.search(r"<link[^>]+stylesheet", page.text), "in the style of the house"
    asked = session.get(f"{url}/operations", headers={"Accept": "application/json"}, timeout=30)
    assert (asked.status_code, asked.json()["error"]["code"]) == (503, 503)
    fragment = session.get(f"{url}/operations/active", headers={"HX-Request": "true"}, timeout=30)
    assert (fragment.status_code, "<html" in fragment.text) == (503, False)
    start = person.send("POST", "/tenants/1/inventory/sync", {})
    assert (start.status_code, start.headers["Retry-After"]) == (503, "5")
    assert requests.get(f"{url}/healthz", timeout=30).status_code == 200
    assert requests.get(f"{url}/readyz", timeout=30).status_code == 503


def cpu_seconds(process: Process) -> float:
    """The CPU seconds that a process and its children have used so far."""
    pids = [process.popen.pid, *children_of(process.popen.pid)]
    return sum(_cpu_seconds(Path(f"/proc/{pid}/stat")) for pid in pids)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_seconds(stat: Path) -> float:
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
