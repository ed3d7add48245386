"""Fetches assignments and stores them with the policies' versions (R22, R45)."""

from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.resources import POLICY_TYPES
from ops_admin.intune.assignments import queries
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.runs import service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.assignments.assigning import begin, fetch
from tests.intune.synced import policies_of, sync_inventory, sync_without_assignments, versions_of
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("impatient")

CATALOG = "configurationPolicies"
ASSIGNABLE = {policy_type.key for policy_type in POLICY_TYPES if policy_type.assignable}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def break_graph(simulator: Simulator, path: str, status: int, **rule: Any) -> None:
    simulator.control("POST", "faults", effect="status", path=path, options={"status": status}, **rule)


def first(tenant: Tenant, type_key: str = CATALOG) -> DbPolicy:
    return policies_of(tenant, type_key)[0]


def test_the_assignments_of_every_assignable_policy_are_stored(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)

    run = fetch(tenant)

    assert run.outcome == Outcome.SUCCEEDED
    for policy in policies_of(tenant):
        (version,) = versions_of(policy)
        if policy.type in ASSIGNABLE:
            live = simulator.control("GET", f"tenants/{CONTOSO}/{policy.type}/{policy.external_id}")
            assert version.assignments == live["assignments"]
        else:
            assert version.assignments is None
    assert run.counts["succeeded"] == sum(policy.type in ASSIGNABLE for policy in policies_of(tenant))


def test_a_fetch_adds_no_version_and_leaves_the_content(tenant: Tenant) -> None:
    sync_inventory(tenant, CATALOG)
    before = {policy.id: (policy.current_version, policy.content_hash) for policy in policies_of(tenant)}

    fetch(tenant)

    assert {policy.id: (policy.current_version, policy.content_hash) for policy in policies_of(tenant)} == before


def test_the_time_and_the_run_of_a_fetch_are_recorded(tenant: Tenant) -> None:
    sync_inventory(tenant, CATALOG)

    run = fetch(tenant, policy_ids=[first(tenant).id])

    found = queries.find_fetch(first(tenant).id)
    assert found is not None
    assert (found.fetched_run_id, found.fetched_version, found.failure_code) == (run.id, 1, None)


def test_a_failed_policy_keeps_its_assignments_and_the_others_are_fetched(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    fetch(tenant)
    broken = first(tenant)
    known = queries.find_stored(broken.id)
    break_graph(simulator, f"{broken.external_id}/assignments", 403)

    run = fetch(tenant, policy_ids=[policy.id for policy in policies_of(tenant)])

    found = queries.find_fetch(broken.id)
    assert found is not None
    assert (run.outcome, run.counts["failed"]) == (Outcome.PARTIALLY_SUCCEEDED, 1)
    assert (found.failure_code, found.attempted_run_id == found.fetched_run_id) == ("graph.forbidden", False)
    assert queries.find_stored(broken.id) == known


def test_where_nothing_can_be_read_the_run_fails_with_the_reason(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    break_graph(simulator, "/assignments", 403)

    run = fetch(tenant)

    assert run.outcome == Outcome.FAILED
    assert [failure.code for failure in run.failures] == ["graph.forbidden"]
    assert run.counts["failed"] == run.counts["total"] == run.counts["processed"]


def test_chosen_policies_without_assignments_are_skipped_and_counted(tenant: Tenant) -> None:
    sync_inventory(tenant, CATALOG, "conditionalAccessPolicies")
    chosen = [first(tenant).id, first(tenant, "conditionalAccessPolicies").id]

    run = fetch(tenant, policy_ids=chosen)

    assert run.outcome == Outcome.SUCCEEDED
    assert {name: run.counts[name] for name in ("total", "processed", "succeeded", "skipped")} == {
        "total": 2, "processed": 2, "succeeded": 1, "skipped": 1
    }  # fmt: skip


def test_a_policy_of_another_tenant_is_not_fetched(tenant: Tenant, simulator: Simulator) -> None:
    sync_without_assignments(simulator, tenant, CATALOG)
    other = make_tenant()

    run = fetch(other, policy_ids=[first(tenant).id])

    assert [failure.code for failure in run.failures] == ["assignments.policy_missing"]
    assert queries.find_stored(first(tenant).id) is None


def test_the_same_fetch_is_one_run_while_it_is_active(tenant: Tenant) -> None:
    one = begin("assignments.fetch", tenant, policy_ids=[1, 2])
    again = begin("assignments.fetch", tenant, policy_ids=["2", 1, 1])
    other = begin("assignments.fetch", tenant, policy_ids=[1])

    assert (again.run.id, again.answer) == (one.run.id, "active")
    assert other.run.id != one.run.id


def test_within_the_cooldown_the_recent_run_answers(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    run = fetch(tenant)
    simulator.control("DELETE", "requests")

    again = begin("assignments.fetch", tenant, all=True)

    assert (again.run.id, again.answer, again.created) == (run.id, "recent", False)
    assert simulator.control("GET", "requests?count=1")["count"] == 0


def test_a_run_that_did_not_succeed_starts_no_cooldown(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    break_graph(simulator, "/assignments", 403)
    failed = fetch(tenant)

    again = begin("assignments.fetch", tenant, all=True)

    assert (again.created, again.run.id == failed.id) == (True, False)


def test_a_job_whose_run_is_not_the_active_one_touches_nothing(tenant: Tenant, simulator: Simulator) -> None:
    sync_without_assignments(simulator, tenant, CATALOG)
    stale = begin("assignments.fetch", tenant, all=True).run
    service.request_cancel(stale.id, Actor.worker("an operator"))
    active = begin("assignments.fetch", tenant, all=True).run
    simulator.control("DELETE", "requests")

    execute(stale.id)

    assert simulator.control("GET", "requests?count=1")["count"] == 0
    assert (get_run(stale.id).outcome, get_run(active.id).status) == (Outcome.CANCELLED, "queued")
    assert queries.find_stored(first(tenant).id) is None


def test_a_job_delivered_twice_works_once(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    run = fetch(tenant)
    simulator.control("DELETE", "requests")

    execute(run.id)

    assert simulator.control("GET", "requests?count=1")["count"] == 0
    assert get_run(run.id) == run


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"policy_ids": []},
        {"policy_ids": "7"},
        {"policy_ids": ["x"]},
        {"policy_ids": [0]},
        {"policy_ids": [True]},
        {"policy_ids": [2**63]},
        {"policy_ids": [1], "all": True},
        {"all": "perhaps"},
        {"all": True, "else": 1},
        {"policy_ids": list(range(1, 50_002))},
    ],
)
def test_invalid_inputs_are_refused_by_name(tenant: Tenant, inputs: dict[str, object]) -> None:
    with pytest.raises(InvalidInputs) as caught:
        begin("assignments.fetch", tenant, **inputs)  # type: ignore[arg-type]

    assert all(caught.value.errors.values())
