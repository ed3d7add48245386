"""Selected policies are read again from the simulated tenant, each individually (R41)."""

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.making import make_policy
from tests.intune.policies.bulk import run_on
from tests.intune.synced import policies_of, sync_inventory, versions_of
from tests.intune.test_inventory_faults import break_graph
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def rename(simulator: Simulator, policy: DbPolicy, name: str) -> None:
    place = f"tenants/{CONTOSO}/{policy.type}/{policy.external_id}/set"
    field = "name" if policy.type in ("configurationPolicies", "compliancePolicies") else "displayName"
    simulator.control("POST", place, pointer=f"/{field}", value=name)


def test_only_what_was_chosen_is_read_and_gets_a_version(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    first, second = policies_of(tenant, "configurationPolicies")[:2]
    for policy in (first, second):
        rename(simulator, policy, "Renamed")
    before = simulator.control("GET", "requests?count=1")["count"]

    run = run_on("policies.sync", tenant, [first.id])

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, 1)
    assert [version.number for version in versions_of(first)] == [1, 2]
    assert [version.number for version in versions_of(second)] == [1]
    assert simulator.control("GET", "requests?count=1")["count"] - before < 7


def test_every_type_can_be_read_individually_with_the_same_content(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    assert {policy.type for policy in policies_of(tenant)} == set(POLICY_TYPES)

    run = run_on("policies.sync", tenant, [policy.id for policy in policies_of(tenant)])

    assert (run.outcome, run.failures) == (Outcome.SUCCEEDED, ())
    assert (run.counts["created"], run.counts["updated"]) == (0, 0)


def test_one_that_the_tenant_lost_is_marked_missing_and_comes_back(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    policy = policies_of(tenant, "intents")[0]
    gone = make_policy(tenant, "Gone", "intents", external_id="11111111-2222-3333-4444-555555555555")

    run = run_on("policies.sync", tenant, [gone, policy.id])

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, 1)
    states = {each.name: each.state for each in policies_of(tenant, "intents")}
    assert states["Gone"] == PolicyState.MISSING
    with transaction() as session:
        session.get_one(DbPolicy, policy.id).state = PolicyState.MISSING
    run_on("policies.sync", tenant, [policy.id])
    assert {each.state for each in policies_of(tenant, "intents") if each.id == policy.id} == {PolicyState.ACTIVE}


def test_a_policy_that_cannot_be_read_fails_alone(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    one, other = policies_of(tenant, "configurationPolicies")[:2]
    break_graph(simulator, "status", f"/configurationPolicies.*{one.external_id}", status=403)

    run = run_on("policies.sync", tenant, [one.id, other.id, make_policy(make_tenant())])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert {(failure.code, failure.count) for failure in run.failures} == {
        ("graph.forbidden", 1),
        ("policies.not_found", 1),
    }
    assert {each.id: each.failure_code for each in policies_of(tenant)}[one.id] == "graph.forbidden"
    assert len(versions_of(one)) == 1


def test_an_outage_fails_the_run_after_another_attempt(tenant: Tenant, simulator: Simulator) -> None:
    policy_id = make_policy(tenant, "Here", "intents")
    break_graph(simulator, "status", "/beta/", status=503)

    run = run_on("policies.sync", tenant, [policy_id])

    assert (run.outcome, run.attempt, run.failures[0].code) == (Outcome.FAILED, 2, "graph.unavailable")
    assert {each.id: each.state for each in policies_of(tenant)}[policy_id] == PolicyState.ACTIVE


def test_an_unknown_type_fails_alone(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, "intents")
    strange = make_policy(tenant, "Strange", "oldType")

    run = run_on("policies.sync", tenant, [strange, policies_of(tenant, "intents")[0].id])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [(failure.code, failure.message) for failure in run.failures] == [("policies.unknown_type", "oldType")]
