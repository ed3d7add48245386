"""`inventory.sync` against the simulated tenant (R40)."""

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.graph.resources import POLICY_TYPES as GRAPH_TYPES
from ops_admin.infra.database import transaction
from ops_admin.intune.inventory import operations
from ops_admin.intune.inventory.queries import syncs_by_type
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs import service as ledger
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import count, policies_of, sync_inventory, versions_of
from tests.support.factories import make_tenant

CATALOG = "configurationPolicies"


def documents_of(simulator: Simulator, key: str) -> list[dict[str, object]]:
    documents: list[dict[str, object]] = simulator.control("GET", f"tenants/{CONTOSO}/{key}")["value"]
    return documents


def test_the_pages_know_the_types_that_graph_has() -> None:
    assert set(POLICY_TYPES) == {policy_type.key for policy_type in GRAPH_TYPES}


def test_every_policy_of_every_type_is_stored_with_one_version(tenant: Tenant, simulator: Simulator) -> None:
    run = sync_inventory(tenant)

    assert (run.outcome, run.failures) == (Outcome.SUCCEEDED, ())
    assert {policy.type for policy in policies_of(tenant)} == set(POLICY_TYPES)
    assert {policy.current_version for policy in policies_of(tenant)} == {1}
    assert {policy.external_id for policy in policies_of(tenant, CATALOG)} == {
        document["id"] for document in documents_of(simulator, CATALOG)
    }


def test_the_counts_are_policies_and_add_up(tenant: Tenant) -> None:
    run = sync_inventory(tenant)

    stored = len(policies_of(tenant))
    assert stored > 20
    assert run.counts == {
        "total": stored,
        "processed": stored,
        "succeeded": stored,
        "failed": 0,
        "created": stored,
        "updated": 0,
    }


def test_content_is_complete_and_has_its_assignments_beside_it(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)

    [first, *_] = documents_of(simulator, CATALOG)
    policy = next(each for each in policies_of(tenant, CATALOG) if each.external_id == first["id"])
    [version] = versions_of(policy)
    assert version.content["settings"] == first["settings"]
    assert "assignments" not in version.content
    assert isinstance(version.assignments, list)


def test_a_second_sync_adds_no_version(tenant: Tenant) -> None:
    sync_inventory(tenant)
    before = count(DbPolicyVersion)

    run = sync_inventory(tenant)

    assert (run.counts["created"], run.counts["updated"]) == (0, 0)
    assert count(DbPolicyVersion) == before


def test_a_changed_policy_gets_exactly_one_more_version(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    before = count(DbPolicyVersion)
    changed = documents_of(simulator, CATALOG)[0]["id"]
    simulator.control("PATCH", f"tenants/{CONTOSO}/{CATALOG}/{changed}", description="Changed")

    run = sync_inventory(tenant)

    assert (run.counts["created"], run.counts["updated"], count(DbPolicyVersion)) == (0, 1, before + 1)
    policy = next(each for each in policies_of(tenant) if each.external_id == changed)
    assert [version.number for version in versions_of(policy)] == [1, 2]
    assert versions_of(policy)[1].content["description"] == "Changed"


def test_a_renamed_policy_has_its_new_name_in_the_list(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    renamed = documents_of(simulator, CATALOG)[0]["id"]
    simulator.control("PATCH", f"tenants/{CONTOSO}/{CATALOG}/{renamed}", name="A new name")

    sync_inventory(tenant, CATALOG)

    assert "A new name" in {policy.name for policy in policies_of(tenant, CATALOG)}


def test_a_vanished_policy_is_missing_and_active_again_when_it_returns(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    [document, *_] = documents_of(simulator, CATALOG)
    simulator.control("DELETE", f"tenants/{CONTOSO}/{CATALOG}/{document['id']}")
    sync_inventory(tenant, CATALOG)
    assert states(tenant)[str(document["id"])] == (PolicyState.MISSING, True, 1)

    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}", **document)
    sync_inventory(tenant, CATALOG)

    assert states(tenant)[str(document["id"])] == (PolicyState.ACTIVE, False, 1)


def states(tenant: Tenant) -> dict[str, tuple[str, bool, int]]:
    """State, whether it is missing, and the number of versions, by the policy's id in the tenant."""
    return {
        policy.external_id: (policy.state, policy.missing_since is not None, len(versions_of(policy)))
        for policy in policies_of(tenant)
    }


def test_an_ignored_policy_stays_ignored_whether_seen_or_not(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    first, second, *_ = policies_of(tenant, CATALOG)
    with transaction() as session:
        for policy in (first, second):
            row = session.get(DbPolicy, policy.id)
            assert row is not None
            row.state = PolicyState.IGNORED
    simulator.control("DELETE", f"tenants/{CONTOSO}/{CATALOG}/{first.external_id}")

    sync_inventory(tenant, CATALOG)

    assert states(tenant)[first.external_id] == (PolicyState.IGNORED, True, 1)
    assert states(tenant)[second.external_id] == (PolicyState.IGNORED, False, 1)


def test_only_the_chosen_types_are_read(tenant: Tenant) -> None:
    run = sync_inventory(tenant, "intents", CATALOG)

    assert {policy.type for policy in policies_of(tenant)} == {"intents", CATALOG}
    assert set(syncs_by_type(tenant.id)) == {"intents", CATALOG}
    assert run.context["inputs"] == {"types": [CATALOG, "intents"]}


def test_the_same_external_id_in_two_tenants_is_two_policies(tenant: Tenant, simulator: Simulator) -> None:
    other = make_tenant(external_id=CONTOSO)

    sync_inventory(tenant, CATALOG)
    sync_inventory(other, CATALOG)

    assert len(policies_of(tenant)) == len(policies_of(other)) == len(documents_of(simulator, CATALOG))


def test_a_tenant_without_policies_succeeds_with_nothing_to_do(empty_tenant: Tenant) -> None:
    run = sync_inventory(empty_tenant)

    assert (run.outcome, run.counts["total"]) == (Outcome.SUCCEEDED, 0)
    assert set(syncs_by_type(empty_tenant.id)) == set(POLICY_TYPES)


def test_pages_are_followed_to_the_end(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("DELETE", f"tenants/{CONTOSO}/{CATALOG}")
    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=230, settings=30)

    run = sync_inventory(tenant, CATALOG)

    assert run.counts["created"] == 230
    assert len(versions_of(policies_of(tenant)[229])[0].content["settings"]) == 30


def test_progress_has_its_total_before_the_first_policy_and_never_goes_back(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def spy(handle: RunHandle) -> None:
        if "processed" in handle.counts:
            seen.append((handle.counts["processed"], handle.counts["total"]))

    monkeypatch.setattr(RunHandle, "flush", spy)
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_WRITES", 0)
    sync_inventory(tenant)

    assert seen[0][0] == 0
    assert len({total for _, total in seen}) == 1
    assert seen == sorted(seen)


def test_a_request_to_stop_is_heard_and_keeps_what_is_stored(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_STOP_CHECKS", 0)
    store = operations._store

    def store_and_cancel(handle: RunHandle, *args: object) -> str | None:
        ledger.request_cancel(handle.run_id, Actor.worker("somebody"))
        return store(handle, *args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(operations, "_store", store_and_cancel)
    run = sync_inventory(tenant)

    assert run.outcome == Outcome.CANCELLED
    assert 0 < len(policies_of(tenant)) == run.counts["processed"] < run.counts["total"]
    assert {policy.state for policy in policies_of(tenant)} == {PolicyState.ACTIVE}


def test_two_overlapping_runs_do_not_mark_each_others_policies_as_missing(
    app_context: Flask, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_inventory(tenant, CATALOG)
    store = operations._store
    nested: list[bool] = []

    def store_beside_another_run(handle: RunHandle, *args: object) -> str | None:
        if not nested:
            nested.append(True)
            nested.append(sync_inventory(tenant, CATALOG, "intents").outcome == Outcome.SUCCEEDED)
        return store(handle, *args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(operations, "_store", store_beside_another_run)
    sync_inventory(tenant, CATALOG)

    assert nested == [True, True]
    assert {(policy.state, policy.current_version) for policy in policies_of(tenant)} == {(PolicyState.ACTIVE, 1)}
