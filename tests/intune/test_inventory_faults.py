"""A fault of Graph affects only the type or the policy concerned (R40)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.client import GraphClient
from ops_admin.graph.reading import list_policies
from ops_admin.graph.resources import PolicyType
from ops_admin.intune.directory.queries import count_groups, find_directory_sync
from ops_admin.intune.inventory.queries import syncs_by_type
from ops_admin.intune.operations import chunks
from ops_admin.intune.policies.models import DbPolicyVersion
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import count, policies_of, sync_groups, sync_inventory, versions_of

pytestmark = pytest.mark.usefixtures("impatient")

CATALOG = "configurationPolicies"
WHOLE_IN_LIST = "deviceConfigurations"
"""A type that is listed in pages of a hundred."""
LIST = r"/configurationPolicies($|\?)"
ITEMS = r"/configurationPolicies/"
EVERYTHING = "/beta/"


def break_graph(simulator: Simulator, effect: str, path: str, **rule: Any) -> None:
    options = {name: rule.pop(name) for name in list(rule) if name not in ("times", "skip", "method", "probability")}
    simulator.control("POST", "faults", effect=effect, path=path, options=options, **rule)


GARBAGE = [
    ("html", {}),
    ("html", {"status": 503}),
    ("truncated", {}),
    ("wrong_shape", {"shape": "list"}),
    ("wrong_shape", {"shape": "null"}),
    ("wrong_shape", {"shape": "no_value"}),
    ("wrong_shape", {"shape": "rows_of_text"}),
    ("foreign_next", {}),
    ("endless_next", {}),
    ("endless_next", {"empty": True}),
    ("drop", {"sent": 40}),
    ("drop", {}),
    ("status", {"status": 403, "nested": 2}),
    ("status", {"status": 404}),
    ("status", {"status": 500, "nested": 1}),
    ("status", {"status": 429}),
    ("status", {"status": 429, "retry_after": 100000}),
]
CODES = {
    ("html", 503): "graph.unavailable",
    ("drop", None): "graph.unavailable",
    ("status", 403): "graph.forbidden",
    ("status", 404): "graph.not_found",
    ("status", 500): "graph.unavailable",
    ("status", 429): "graph.throttled",
}


def code_of(effect: str, options: dict[str, Any]) -> str:
    if "sent" in options:
        return "graph.unexpected_response"
    return CODES.get((effect, options.get("status")), "graph.unexpected_response")


@pytest.mark.parametrize(("effect", "options"), GARBAGE, ids=str)
def test_an_invalid_list_fails_its_type_and_no_other(
    tenant: Tenant, simulator: Simulator, effect: str, options: dict[str, Any]
) -> None:
    sync_inventory(tenant)
    before = count(DbPolicyVersion)
    break_graph(simulator, effect, LIST, **options)

    run = sync_inventory(tenant)

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert {failure.code for failure in run.failures} == {code_of(effect, options)}
    assert all(failure.message.startswith("Settings catalog: ") for failure in run.failures)
    assert {policy.state for policy in policies_of(tenant)} == {PolicyState.ACTIVE}
    assert count(DbPolicyVersion) == before
    assert succeeded_in(tenant, run.id) == set(POLICY_TYPES) - {CATALOG}


def succeeded_in(tenant: Tenant, run_id: int) -> set[str]:
    return {key for key, sync in syncs_by_type(tenant.id).items() if sync.succeeded_run_id == run_id}


def test_an_incomplete_list_stores_what_was_read_and_marks_nothing_missing(
    tenant: Tenant, simulator: Simulator
) -> None:
    simulator.control("DELETE", f"tenants/{CONTOSO}/{WHOLE_IN_LIST}")
    simulator.control("POST", f"tenants/{CONTOSO}/{WHOLE_IN_LIST}/generate", count=150)
    sync_inventory(tenant, WHOLE_IN_LIST)
    simulator.control("POST", f"tenants/{CONTOSO}/{WHOLE_IN_LIST}/generate", count=60)
    break_graph(simulator, "html", r"/deviceConfigurations($|\?)", skip=2)

    run = sync_inventory(tenant, WHOLE_IN_LIST, "intents")

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert len(policies_of(tenant, WHOLE_IN_LIST)) == 200
    assert {policy.state for policy in policies_of(tenant)} == {PolicyState.ACTIVE}


def test_a_policy_without_a_name_is_stored_as_unnamed(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "nameless", "/deviceConfigurations")

    run = sync_inventory(tenant, "deviceConfigurations")

    unnamed = [policy for policy in policies_of(tenant) if policy.name.startswith("Unnamed policy")]
    assert run.outcome == Outcome.SUCCEEDED
    assert [policy.name.removeprefix("Unnamed policy ") for policy in unnamed] == [unnamed[0].external_id[:8]]


@pytest.mark.parametrize("name", ["", "   ", None, 7, {"not": "a name"}, "Tab\tand\nline", "x" * 3000])
def test_any_name_can_be_stored(tenant: Tenant, simulator: Simulator, name: object) -> None:
    break_graph(simulator, "nameless", "/deviceConfigurations", value=name)

    run = sync_inventory(tenant, "deviceConfigurations")

    assert run.outcome == Outcome.SUCCEEDED
    assert all(0 < len(policy.name) <= 500 and policy.name.isprintable() for policy in policies_of(tenant))


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_database_can_hold_costs_that_policy_alone(
    tenant: Tenant, simulator: Simulator, name: str
) -> None:
    [spoiled, *others] = simulator.control("GET", f"tenants/{CONTOSO}/{CATALOG}")["value"]
    simulator.control("PATCH", f"tenants/{CONTOSO}/{CATALOG}/{spoiled['id']}", name=name)

    run = sync_inventory(tenant, CATALOG)

    assert (run.outcome, run.counts["created"], run.counts["failed"]) == (
        Outcome.PARTIALLY_SUCCEEDED,
        len(others),
        1,
    )
    assert [failure.code for failure in run.failures] == ["graph.unexpected_response"]
    [policy] = [policy for policy in policies_of(tenant) if policy.failure_code]
    assert (policy.external_id, policy.current_version) == (spoiled["id"], 0)


def test_ten_megabytes_of_settings_are_stored_beside_the_others(tenant: Tenant, simulator: Simulator) -> None:
    heavy = simulator.control("GET", f"tenants/{CONTOSO}/{CATALOG}")["value"][0]["id"]
    break_graph(simulator, "heavy_settings", f"/configurationPolicies/{heavy}/settings")

    run = sync_inventory(tenant, CATALOG)

    assert run.outcome == Outcome.SUCCEEDED
    policy = next(each for each in policies_of(tenant) if each.external_id == heavy)
    assert versions_of(policy)[0].content_bytes > 10 * 1024 * 1024


def test_a_batch_that_is_too_large_is_read_one_by_one(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "heavy_settings", "/configurationPolicies/.*/settings", megabytes=9)

    run = sync_inventory(tenant, CATALOG)

    assert len(policies_of(tenant)) > 7, "the batch as a whole has to be larger than the client takes"
    assert (run.outcome, run.failures) == (Outcome.SUCCEEDED, ())


def test_one_policy_that_cannot_be_read_fails_alone_and_keeps_its_version(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    broken = policies_of(tenant, CATALOG)[0]
    break_graph(simulator, "status", f"/configurationPolicies/{broken.external_id}/settings", status=403)

    run = sync_inventory(tenant, CATALOG)

    assert (run.outcome, run.counts["failed"]) == (Outcome.PARTIALLY_SUCCEEDED, 1)
    assert [(failure.code, failure.count) for failure in run.failures] == [("graph.forbidden", 1)]
    [after] = [policy for policy in policies_of(tenant) if policy.failure_code]
    assert (after.id, after.state, after.current_version) == (broken.id, PolicyState.ACTIVE, 1)
    assert succeeded_in(tenant, run.id) == set()


def test_a_policy_that_was_never_read_is_stored_without_a_version(tenant: Tenant, simulator: Simulator) -> None:
    unread = simulator.control("GET", f"tenants/{CONTOSO}/{CATALOG}")["value"][0]["id"]
    break_graph(simulator, "truncated", f"/configurationPolicies/{unread}/settings")
    break_graph(simulator, "status", f"/configurationPolicies/{unread}/settings", status=500)
    sync_inventory(tenant, CATALOG)
    policy = next(each for each in policies_of(tenant) if each.external_id == unread)
    assert (policy.current_version, policy.content_hash, versions_of(policy)) == (0, None, [])

    simulator.control("DELETE", "faults")
    run = sync_inventory(tenant, CATALOG)

    assert (run.outcome, run.counts["created"]) == (Outcome.SUCCEEDED, 1)
    assert [version.number for version in versions_of(policy)] == [1]


def test_if_no_policy_can_be_read_the_rest_of_the_type_is_not_requested(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=200, settings=1)
    break_graph(simulator, "status", ITEMS, status=403)

    run = sync_inventory(tenant, CATALOG, "intents")

    asked = simulator.control("GET", "requests?path=/configurationPolicies/.*settings&count=1")["count"]
    known = len(policies_of(tenant, CATALOG))
    assert (run.outcome, asked) == (Outcome.PARTIALLY_SUCCEEDED, 40)
    assert run.counts["failed"] == run.failures[0].count == known > 200


def test_a_policy_on_two_pages_is_one_policy(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:

    def moving_list(
        client: GraphClient, policy_type: PolicyType, *, with_assignments: bool
    ) -> Iterator[list[dict[str, Any]]]:
        for page in list_policies(client, policy_type, with_assignments=with_assignments):
            yield page
            yield page[-2:]  # as if two policies were added at the front while the pages are read

    monkeypatch.setattr(chunks, "list_policies", moving_list)
    run = sync_inventory(tenant, CATALOG)

    assert run.outcome == Outcome.SUCCEEDED
    assert run.counts["total"] == run.counts["created"] == len(policies_of(tenant))


def test_when_nothing_works_the_run_fails_after_another_attempt(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", EVERYTHING, status=503)

    run = sync_inventory(tenant)

    assert (run.outcome, run.attempt) == (Outcome.FAILED, 2)
    assert [failure.code for failure in run.failures] == ["graph.unavailable"]
    assert {sync.failure_code for sync in syncs_by_type(tenant.id).values()} == {"graph.unavailable"}


def test_a_short_outage_is_waited_out(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", EVERYTHING, status=503, times=3)

    assert sync_inventory(tenant).outcome == Outcome.SUCCEEDED


def test_a_complete_outage_loses_nothing_that_was_stored(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    before = count(DbPolicyVersion)
    break_graph(simulator, "html", EVERYTHING)

    run = sync_inventory(tenant)

    assert (run.outcome, count(DbPolicyVersion)) == (Outcome.FAILED, before)
    assert {policy.state for policy in policies_of(tenant)} == {PolicyState.ACTIVE}


def test_credentials_that_are_refused_are_one_failure(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "reject_token", EVERYTHING)

    run = sync_inventory(tenant)

    assert (run.outcome, run.attempt) == (Outcome.FAILED, 1)
    assert [failure.code for failure in run.failures] == ["graph.unauthorized"]


def test_one_failed_type_of_a_tenant_without_policies_is_a_partial_success(
    empty_tenant: Tenant, simulator: Simulator
) -> None:
    break_graph(simulator, "html", LIST)

    run = sync_inventory(empty_tenant)

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert run.counts["processed"] == run.counts["total"] == len(POLICY_TYPES)


def test_no_failure_contains_a_text_of_graph(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", LIST, status=400, nested=2, message="secret=abc for bob@contoso.com")

    run = sync_inventory(tenant)

    assert run.failures
    assert not [word for word in ("abc", "bob", "_version") if word in str(run.failures)]


def test_a_foreign_link_is_never_followed(tenant: Tenant, simulator: Simulator) -> None:
    with_trap = simulator.url.replace("127.0.0.1", "localhost")
    break_graph(simulator, "foreign_next", LIST, host=with_trap)

    sync_inventory(tenant, CATALOG, "intents")

    assert simulator.control("GET", "requests?path=skiptoken&count=1")["count"] == 0


@pytest.mark.parametrize(("effect", "options"), GARBAGE, ids=str)
def test_an_invalid_directory_keeps_the_cache(
    tenant: Tenant, simulator: Simulator, effect: str, options: dict[str, Any]
) -> None:
    sync_groups(tenant)
    before = count_groups(tenant.id)
    break_graph(simulator, effect, "/groups", **options)

    run = sync_groups(tenant)

    sync = find_directory_sync(tenant.id)
    assert run.outcome in (Outcome.FAILED, Outcome.PARTIALLY_SUCCEEDED)
    assert {failure.code for failure in run.failures} == {code_of(effect, options)}
    assert count_groups(tenant.id) == before
    assert sync is not None
    assert (sync.failure_code, sync.attempted_run_id) == (code_of(effect, options), run.id)
    assert sync.succeeded_run_id != run.id


@pytest.mark.parametrize("status", [400, 404])
def test_a_type_that_the_tenant_does_not_offer_is_no_failure(tenant: Tenant, simulator: Simulator, status: int) -> None:
    sync_inventory(tenant)
    stored = len(policies_of(tenant, "namedLocations"))
    assert stored
    break_graph(simulator, "status", r"/namedLocations($|\?)", status=status)

    run = sync_inventory(tenant)

    assert (run.outcome, run.failures) == (Outcome.SUCCEEDED, ())
    assert "namedLocations" not in syncs_by_type(tenant.id)
    assert [each.state for each in policies_of(tenant, "namedLocations")] == [PolicyState.ACTIVE] * stored


def test_asked_for_alone_it_is_one(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", r"/namedLocations($|\?)", status=404)

    run = sync_inventory(tenant, "namedLocations")

    assert (run.outcome, run.failures[0].code) == (Outcome.FAILED, "graph.not_found")
