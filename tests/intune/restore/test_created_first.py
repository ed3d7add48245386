"""What only other policies use is created before them: scripts of compliance policies, reusable settings (R55, R59)."""

import json
from collections.abc import Iterator

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.runs.states import Outcome
from ops_admin.simulator.demo.reusable import REMOTE_SUPPORT
from ops_admin.simulator.demo.scripts import COMPLIANCE_SCRIPT
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again, provide
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
    item_named,
    make_backup,
    make_restore,
    preview,
    writes_to,
)
from tests.intune.restore.test_crashes import dying, execute_until_it_lives

PAIRS = {
    "compliance script": (
        "deviceComplianceScripts", COMPLIANCE_SCRIPT, "deviceCompliancePolicies", "Windows - Entwickler (mit Skript)"
    ),
    "reusable setting": (
        "reusablePolicySettings", REMOTE_SUPPORT, "configurationPolicies", "Firewall - Fernwartung"
    ),
}  # fmt: skip
BOTH = pytest.mark.parametrize(("used", "used_name", "user", "user_name"), PAIRS.values(), ids=PAIRS)


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def uses(simulator: Simulator, tenant: Tenant, used: str, user: str, user_name: str) -> bool:
    """Whether the policy names the only thing of that type in the tenant."""
    (thing,) = held(simulator, tenant, used)
    policy = next(each for each in held(simulator, tenant, user) if user_name in each.values())
    return thing["id"] in json.dumps(policy)


@BOTH
@pytest.mark.parametrize("is_done", [True, False, None], ids=["carried out", "never sent", "nobody dies"])
def test_it_comes_first_whatever_dies(
    source: Tenant,
    target: Tenant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    used: str,
    used_name: str,
    user: str,
    user_name: str,
    is_done: bool | None,
) -> None:
    mapping = by_name(simulator, source, target)
    restore = make_restore(make_backup(source), target, mapping, names={used_name, user_name})
    preview(restore)
    assert actions_of(restore) == {"create": 2}

    if is_done is None:
        assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    else:
        execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert uses(simulator, target, used, user, user_name)
    assert actions_of(preview_again(restore)) == {"unchanged": 2}


@BOTH
def test_one_that_is_there_is_used(
    source: Tenant, target: Tenant, simulator: Simulator, used: str, used_name: str, user: str, user_name: str
) -> None:
    provide(simulator, source, target)
    mapping = by_name(simulator, source, target)
    restore = make_restore(make_backup(source), target, mapping, names={user_name})
    preview(restore)
    simulator.control("DELETE", "requests")

    execute_restore(restore)

    assert uses(simulator, target, used, user, user_name)
    assert not [path for _, path in writes_to(simulator, target) if used in path]
    assert item_named(restore, user_name).state == "written"
    assert [each["displayName"] for each in held(simulator, target, used)] == [used_name]
