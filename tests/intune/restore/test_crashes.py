"""A restore whose worker dies and that is executed again: the same result, nothing written twice (R43)."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.access.queries import find_tenant_in_workspace as find_tenant
from ops_admin.config import Settings
from ops_admin.graph.client import GraphClient
from ops_admin.infra.database import db
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.results import ItemLog
from ops_admin.intune.restore.states import RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome, Status
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator
from tests.intune.restore.comparing import assert_written_once, by_name, preview_again
from tests.intune.restore.restoring import actions_of, fresh, items_of, make_backup, make_restore, preview, results_of
from tests.intune.synced import sync_groups, sync_inventory
from tests.support.application import dispose, make_app
from tests.support.processes import running_console

# One type for each way of writing: one call, two calls, settings, assignments one by one, and none at all.
TYPES = ["groupPolicyConfigurations", "intents", "windowsAutopilotDeploymentProfiles", "roleDefinitions", "mobileApps"]


class Crash(BaseException):
    """The end of the process as far as the code can tell: nothing catches it."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, *, after: int, is_done: bool) -> Iterator[None]:
    """Die at write number `after` + 1: before it is sent, or after it was carried out but before anybody knows."""
    real = GraphClient._write
    count = 0

    def write(client: GraphClient, method: str, url: str, *args: Any, **options: Any) -> Any:
        nonlocal count
        if url.endswith("$batch"):
            return real(client, method, url, *args, **options)
        count += 1
        if count > after and not is_done:
            raise Crash
        answer = real(client, method, url, *args, **options)
        if count > after:
            raise Crash
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(GraphClient, "_write", write)
        yield


def begin(restore: Restore) -> Run:
    return start(
        "restore.execute", actor=Actor.system(), tenant_id=restore.tenant_id, inputs={"restore_run_id": restore.id}
    ).run


def give_up_on(run: Run) -> None:
    """Do what housekeeping does with a run whose worker is gone."""
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("housekeeping"), recorded=[Failure("worker.stopped")])


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_death_at_every_single_write(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    backup = make_backup(source, types=TYPES)
    restore = make_restore(backup, target, by_name(simulator, source, target))
    preview(restore)
    created = actions_of(restore)["create"]
    simulator.control("DELETE", "requests")

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= created
    assert_written_once(simulator, target, created=created)
    assert results_of(restore)["written"] == created
    assert actions_of(preview_again(restore))["unchanged"] == created


def test_death_between_a_policy_and_its_assignments(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = make_restore(
        make_backup(source, types=["deviceConfigurations"]), target, by_name(simulator, source, target)
    )
    preview(restore)
    created = actions_of(restore)["create"]

    def die(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(ItemLog, "announce_assignments", die)
        run = begin(restore)
        with pytest.raises(Crash):
            execute(run.id)
    give_up_on(run)
    execute(begin(restore).id)

    assert actions_of(preview_again(restore)) == {"unchanged": created}


def execute_until_it_lives(restore: Restore, death: Callable[[], Any]) -> int:
    """Execute repeatedly, each time with a planned crash, until one execution completes.

    Returns the number of crashes.
    """
    for deaths in range(200):
        run = begin(restore)
        with death():
            try:
                execute(run.id)
            except Crash:
                assert fresh(restore).status == RestoreStatus.RUNNING
                give_up_on(run)
                assert fresh(restore).status == RestoreStatus.FAILED
                continue
        return deaths
    raise AssertionError("the restore never came to its end")


def test_a_worker_killed_at_random_moments(tmp_path: Path, sqlite_url: str) -> None:
    chance = random.Random(43)  # noqa: S311  # moments, not secrets
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=sqlite_url) as console:
        console.start_simulator()
        console.prepare()
        simulator = Simulator(console.simulator_url)
        app = make_app(Settings.from_env(console.environment))
        with app.app_context():
            restore, target = previewed_restore(simulator)
            created = actions_of(restore)["create"]
            simulator.control("PUT", "settings", latency=0.02)
            simulator.control("DELETE", "requests")
            deaths = 0
            while True:
                run = begin(restore)
                worker = console.start_worker()
                wait_for(run, Status.RUNNING, Status.COMPLETED)
                wait_or_live(run, chance.uniform(0, 1.2) if deaths < 5 else 60)
                worker.kill()
                if state_of(run) == Status.COMPLETED:
                    break
                deaths += 1
                give_up_on(run)
            simulator.control("PUT", "settings", latency=0)
            assert deaths >= 3
            assert_written_once(simulator, target, created=created)
            assert {item.state for item in items_of(restore) if not item.problem_code} == {"written"}
            sync_inventory(target)
            assert actions_of(preview_again(restore))["unchanged"] == created
        dispose(app)


def previewed_restore(simulator: Simulator) -> tuple[Restore, Tenant]:
    source, target = (find_tenant(1, external_id) for external_id in (CONTOSO, FABRIKAM))
    assert source
    assert target
    for tenant in (source, target):
        sync_groups(tenant)
    sync_inventory(source)
    restore = make_restore(
        make_backup(source, types=["deviceConfigurations", "deviceCompliancePolicies", *TYPES[:4]]),
        target,
        by_name(simulator, source, target),
    )
    preview(restore)
    return restore, target


def wait_for(run: Run, *statuses: Status) -> None:
    deadline = time.monotonic() + 60
    while state_of(run) not in statuses:
        assert time.monotonic() < deadline, "the run was not taken"
        time.sleep(0.02)


def state_of(run: Run) -> str:
    db.session.rollback()
    return get_run(run.id).status


def wait_or_live(run: Run, seconds: float) -> None:
    """Wait `seconds` for the worker, or until it is done."""
    deadline = time.monotonic() + seconds
    while state_of(run) != Status.COMPLETED and time.monotonic() < deadline:
        time.sleep(0.02)
