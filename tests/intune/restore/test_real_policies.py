"""217 real policies, restored into another tenant with their groups mapped (R43)."""

from collections.abc import Iterator

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CORPUS, Simulator, running_simulator
from tests.intune.restore.comparing import (
    ASSIGNED,
    assert_same,
    assert_written_once,
    by_name,
    preview_again,
)
from tests.intune.restore.restoring import actions_of, execute_restore, held, make_backup, make_restore, preview
from tests.intune.synced import sync_inventory

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of exported policies is not there")

GROUP = "#microsoft.graph.groupAssignmentTarget"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--corpus", str(CORPUS)) as running:
        yield running


def assign_by_turns(simulator: Simulator, tenant: Tenant, other: Tenant) -> None:
    """Assign every policy of the tenant in turn: to a group, excluding another one, or to all devices."""
    names = {each["displayName"] for each in held(simulator, other, "groups")}
    groups = [each["id"] for each in held(simulator, tenant, "groups") if each["displayName"] in names]
    client = simulator.client(tenant=tenant.external_id)
    policies = [(each, policy["id"]) for each in ASSIGNED for policy in held(simulator, tenant, each.key)]
    for number, (policy_type, policy_id) in enumerate(policies):
        targets = [
            [{"@odata.type": GROUP, "groupId": groups[number % 60]}],
            [
                {"@odata.type": GROUP, "groupId": groups[number % 60]},
                {"@odata.type": EXCLUSION, "groupId": groups[number % 7 + 60]},
            ],
            [{"@odata.type": ALL_DEVICES}],
        ][number % 3]
        body = {policy_type.assign_key: [{"target": target} for target in targets]}
        client.post(policy_type.item_path(policy_id, "assign"), body)


def test_all_of_them_are_the_same_in_the_other_tenant(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    assign_by_turns(simulator, source, target)
    mapping = by_name(simulator, source, target)
    sync_inventory(source)
    restore = make_restore(make_backup(source), target, mapping)
    preview(restore)
    assert actions_of(restore) == {"create": 217}
    simulator.control("DELETE", "requests")

    run = execute_restore(restore)

    assert (run.outcome, run.failures, run.counts["created"]) == (Outcome.SUCCEEDED, (), 217)
    assert_written_once(simulator, target, created=217)
    sync_inventory(target)
    assert_same(simulator, source, target, mapping)
    assert actions_of(preview_again(restore)) == {"unchanged": 217}
