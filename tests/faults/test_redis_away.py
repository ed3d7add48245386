"""Redis goes away mid-run: work continues, starts are answered, and push returns with it on its own."""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from socketio.exceptions import ConnectionError as Refused

from tests.faults.engines import OwnRedis
from tests.faults.installation import Installation, running_installation
from tests.faults.test_database_away import MOST_CPU, SECONDS_AWAY, cpu_seconds
from tests.faults.traffic import Person
from tests.faults.verdict import Ledger
from tests.graph.simulated import Simulator
from tests.support.environment import OWNER
from tests.support.network import poll_until
from tests.support.sockets import SESSION_COOKIE, Listener


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    redis = OwnRedis(tmp_path)
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture
def installation(tmp_path: Path, database_url: str, redis: OwnRedis) -> Iterator[Installation]:
    with running_installation(tmp_path, database_url, workers=1, OPS_ADMIN_REDIS_URL=redis.url) as installation:
        yield installation


def open_socket(person: Person) -> Listener | None:
    try:
        return Listener(person.urls[0], person._session.cookies[SESSION_COOKIE]).connect()
    except Refused:
        return None


@pytest.mark.slow_fault
def test_work_goes_on_without_redis_and_push_comes_back_with_it(installation: Installation, redis: OwnRedis) -> None:
    person = Person(installation.console.base_urls, OWNER, random.Random(1)).sign_in()  # noqa: S311  # no secret
    simulator = Simulator(installation.console.simulator_url)
    simulator.control("PUT", "settings", latency=0.3)
    with closing(Ledger(installation.console.database_url)) as ledger:
        listener = poll_until(lambda: open_socket(person), timeout=30)
        first = person.post("/tenants/1/inventory/sync", {"types": ["deviceConfigurations", "intents"]})
        assert first is not None
        listener.wait_for("run-progress", first)

        redis.stop()
        before = {each.name: cpu_seconds(each.holder) for each in installation.posts}
        begun = time.monotonic()
        listener.wait_for_end()
        second = person.post("/tenants/1/directory/sync")
        time.sleep(max(0, SECONDS_AWAY - (time.monotonic() - begun)))
        spent = {each.name: cpu_seconds(each.holder) - before[each.name] for each in installation.posts}
        lasted = time.monotonic() - begun
        simulator.control("PUT", "settings", latency=0)
        poll_until(lambda: not ledger.under_way(), timeout=60, message="work did not go on")
        assert ledger.rows("select id, outcome from operation_runs order by id") == [
            (first, "succeeded"),
            (second, "succeeded"),
        ]

        redis.start()
        poll_until(lambda: hears_of_a_new_run(person), timeout=60, message="push did not come back")
        assert (ledger.contradictions(), person.faults) == ([], [])
        assert {name: seconds for name, seconds in spent.items() if seconds > MOST_CPU * lasted} == {}


def hears_of_a_new_run(person: Person) -> bool:
    """Whether a socket is accepted, and hears of the end of a run done by the worker, which is another process.

    A socket opened too early is closed again, because events may have been missed until the worker itself was heard
    again.
    """
    listener = open_socket(person)
    if listener is None:
        return False
    person.post("/tenants/1/directory/sync")
    poll_until(lambda: listener.ended.is_set() or "run-completed" in listener.names(), timeout=60)
    listener.disconnect()
    return "run-completed" in listener.names()
