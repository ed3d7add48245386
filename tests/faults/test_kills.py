"""Workers and web processes are killed (SIGKILL) at random while people work; the ledger stays true (R3, R4, R28, R48).

`make test` kills a few; `make faults` kills a hundred for each seed and engine. A failure names its seed.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops_admin.config import Settings
from tests.faults.installation import Installation, Post, running_installation
from tests.faults.program import LOST_AFTER, SECONDS_BETWEEN_LOOKS, STUCK_AFTER
from tests.faults.restorer import Restorer, held_in_target
from tests.faults.traffic import Crowd, Person
from tests.faults.verdict import Ledger, Witness
from tests.graph.simulated import Simulator
from tests.support.application import dispose, make_app
from tests.support.environment import MANAGER, OPERATOR, OWNER
from tests.support.network import poll_until

KILLS = int(os.environ.get("FAULT_KILLS", "5"))
SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1").split()]
SECONDS_BETWEEN_KILLS = (0.3, 2.5)
AIMED = 0.4
SECONDS_TO_AIM = 4
SECONDS_OF_A_RESTORE = 1.5
GRAPH_SECONDS = 0.05
POLICIES = 24 + 3 * KILLS
# A lost run is found at the first check after it goes silent. Its successor may be lost and found too, and then has to
# do the work.
SECONDS_TO_REPAIR = 2 * (LOST_AFTER + STUCK_AFTER).total_seconds() + 3 * SECONDS_BETWEEN_LOOKS + 60


@dataclass
class Scene:
    """What a kill test works with."""

    installation: Installation
    ledger: Ledger
    simulator: Simulator
    restorer: Restorer
    crowd: Crowd


@pytest.fixture
def scene(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Iterator[Scene]:
    seed: int = request.param
    redis = {} if database_url.startswith("sqlite") else {"OPS_ADMIN_REDIS_URL": request.getfixturevalue("redis_url")}
    webs = 1 if database_url.startswith("sqlite") else 2
    with running_installation(tmp_path, database_url, webs=webs, workers=3, **redis) as installation:
        urls = installation.console.base_urls
        people = [
            Person(urls, email, random.Random(f"{seed} {email}")).sign_in()  # noqa: S311  # clicks, not secrets
            for email in (OWNER, MANAGER, OPERATOR, OWNER)
        ]
        simulator = Simulator(installation.console.simulator_url)
        app = make_app(Settings.from_env(installation.console.environment))
        ledger = Ledger(database_url)
        restorer = Restorer(app, simulator, people[-1])
        restorer.prepare(POLICIES)
        simulator.control("PUT", "settings", latency=GRAPH_SECONDS)
        yield Scene(installation, ledger, simulator, restorer, Crowd(people[:-1]))
        ledger.close()
        dispose(app)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scene", SEEDS, ids=[f"seed{seed}" for seed in SEEDS], indirect=True)
def test_whatever_is_killed_the_ledger_stays_true(scene: Scene, request: pytest.FixtureRequest) -> None:
    seed = request.node.callspec.params["scene"]
    begun = time.monotonic()
    with Witness(scene.ledger) as witness, scene.crowd, scene.restorer:
        killed = kill_at_random(scene, random.Random(seed), KILLS)  # noqa: S311  # moments, not secrets
    worked = time.monotonic() - begun
    repaired = wait_until_repaired(scene, seed)
    witness.look()
    report(seed, killed, worked, repaired, scene)

    held = held_in_target(scene.simulator)
    twice = [name for name, number in Counter(held).items() if number > 1]
    found = {
        "runs lost": scene.ledger.missing(scene.crowd.accepted() | set(scene.restorer.person.accepted)),
        "ends changed": witness.changed,
        "contradictions": scene.ledger.contradictions(),
        "written twice": twice,
        "restored but not there": sorted(set(scene.restorer.restored) - set(held)),
        "answers of 500": scene.crowd.faults() + scene.restorer.person.faults,
    }
    assert not any(found.values()), f"seed {seed}: { {name: what for name, what in found.items() if what} }"


def kill_at_random(scene: Scene, chance: random.Random, number: int) -> Counter[str]:
    """Kill the processes at random posts one by one, replacing each. Some kills are aimed at a restore."""
    installation = scene.installation
    killed: Counter[str] = Counter()
    for _ in range(number):
        time.sleep(chance.uniform(*SECONDS_BETWEEN_KILLS))
        post = chance.choices(installation.posts, [1 if post.is_web else 2 for post in installation.posts])[0]
        if chance.random() < AIMED and (restoring := wait_for_restorer(scene)):
            time.sleep(chance.uniform(0, SECONDS_OF_A_RESTORE))
            post = restoring
            killed["in a restore"] += 1
        installation.replace(post)
        killed[post.words[0]] += 1
    installation.revive()
    installation.wait_until_ready()
    return killed


def wait_for_restorer(scene: Scene) -> Post | None:
    """Wait a while for a worker that is writing to a tenant. None if there was none."""
    deadline = time.monotonic() + SECONDS_TO_AIM
    while time.monotonic() < deadline:
        pids = {int(row[0].rsplit(":", 1)[1]) for row in scene.ledger.rows(RESTORING)}
        for post in scene.installation.posts:
            if post.holder.popen.pid in pids:
                return post
        time.sleep(0.05)
    return None


def wait_until_repaired(scene: Scene, seed: int) -> float:
    """Wait until nothing is active any more, and return how many seconds it took."""
    begun = time.monotonic()
    try:
        poll_until(lambda: not scene.ledger.under_way(), timeout=SECONDS_TO_REPAIR)
    except AssertionError:
        raise AssertionError(f"seed {seed}: still under way {scene.ledger.under_way()}") from None
    return time.monotonic() - begun


def report(seed: int, killed: Counter[str], worked: float, repaired: float, scene: Scene) -> None:
    """Print what was done. pytest shows it for a failure, and with -rP for a success."""
    outcomes = scene.ledger.outcomes()
    runs, lost = sum(outcomes.values()), scene.ledger.rows(LOST)[0][0]
    print(  # noqa: T201  # the figures of a long test
        f"seed {seed}: {killed['web'] + killed['worker']} kills ({dict(killed)}) in {worked:.0f} s; "
        f"{runs} runs, {lost} of them lost with their worker; nothing under way {repaired:.0f} s after the last kill; "
        f"{scene.restorer.executions} executions restored {len(scene.restorer.restored)} policies"
    )


RESTORING = """
    select t.actor from operation_runs r join operation_run_transitions t on t.operation_run_id = r.id
    where r.type = 'restore.execute' and r.status = 'running' and t.id = (
        select max(id) from operation_run_transitions
        where operation_run_id = r.id and from_status = 'queued' and to_status = 'running')
"""
LOST = "select count(*) from operation_run_transitions where reason = 'worker.lost'"
