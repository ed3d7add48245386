"""Assignment filters in another tenant: the same name, a decision, or nothing is written for them (R43)."""

import re

import pytest

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.directory.filters import find_filter_sync
from ops_admin.intune.directory.filters import list_filters as list_cached
from ops_admin.intune.restore import filters
from ops_admin.intune.restore.filters import FilterDecided, FilterRow
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name, provide
from tests.intune.restore.restoring import (
    execute_restore,
    fresh,
    held,
    make_backup,
    make_restore,
    preview,
)
from tests.intune.synced import sync_groups
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

JSON = {"Accept": "application/json"}
FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
TYPES = ["configurationPolicies", "deviceConfigurations", "deviceCompliancePolicies", "mobileApps"]


@pytest.fixture
def target(target: Tenant, simulator: Simulator) -> Tenant:
    """The tenant that is restored into, without any filters."""
    simulator.control("DELETE", f"tenants/{target.external_id}/assignmentFilters")
    sync_groups(target)
    return target


@pytest.fixture(autouse=True)
def provided(simulator: Simulator, source: Tenant, target: Tenant) -> None:
    provide(simulator, source, target)


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=TYPES)


@pytest.fixture
def draft(backup: BackupSet, source: Tenant, target: Tenant, simulator: Simulator) -> Restore:
    """All items with their groups mapped, but not their filters."""
    return make_restore(backup, target, by_name(simulator, source, target))


@pytest.fixture
def manager(client: ConsoleClient, target: Tenant, source: Tenant) -> ConsoleClient:
    user = make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.READONLY)
    client.sign_in(user.email)
    return client


def make_filter(simulator: Simulator, tenant: Tenant, name: str) -> str:
    simulator.control("POST", f"tenants/{tenant.external_id}/assignmentFilters", value=[{"displayName": name}])
    (made,) = [each["id"] for each in held(simulator, tenant, "assignmentFilters") if each["displayName"] == name]
    return str(made)


def used_filters(simulator: Simulator, tenant: Tenant) -> set[str]:
    """The filters that the tenant's assignments use."""
    documents = [document for key in TYPES for document in held(simulator, tenant, key)]
    targets = [each["target"] for document in documents for each in document.get("assignments", [])]
    return {each[FILTER_ID] for each in targets if each.get(FILTER_ID)}


def rows_of(restore: Restore) -> list[FilterRow]:
    return filters.list_filters(restore.id)


def decide(restore: Restore, target_id: str | None) -> Restore:
    """Make the same decision for each of its filters."""
    decided = {row.source_filter_id: FilterDecided(target_id) for row in rows_of(restore)}
    filters.decide_filters(restore, decided)
    return fresh(restore)


def page_of(restore: Restore, rest: str = "") -> str:
    return f"/tenants/{restore.tenant_id}/restores/{restore.id}{rest}"


def test_the_sync_of_groups_reads_the_filters_too(source: Tenant, simulator: Simulator) -> None:
    names = {each["id"]: each["displayName"] for each in held(simulator, source, "assignmentFilters")}

    assert {each.external_id: each.display_name for each in list_cached(source.id)} == names
    assert len(names) > 1


def test_filters_that_cannot_be_read_are_said_and_the_cached_ones_stay(source: Tenant, simulator: Simulator) -> None:
    before = list_cached(source.id)
    simulator.control("POST", "faults", path="/assignmentFilters$", effect="status", options={"status": 403})

    run = sync_groups(source)

    assert (run.outcome, [each.code for each in run.failures]) == (Outcome.PARTIALLY_SUCCEEDED, ["graph.forbidden"])
    assert list_cached(source.id) == before
    sync = find_filter_sync(source.id)
    assert sync
    assert (sync.failure_code, sync.succeeded_at is not None) == ("graph.forbidden", True)


def test_the_only_filter_of_the_name_takes_the_place(
    backup: BackupSet, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    names = {each["id"]: each["displayName"] for each in held(simulator, source, "assignmentFilters")}
    ids = {make_filter(simulator, target, name) for name in names.values()}
    sync_groups(target)

    draft = make_restore(backup, target, by_name(simulator, source, target))

    assert rows_of(draft)
    assert {(row.source_name, row.target_name) for row in rows_of(draft)} <= {(name, name) for name in names.values()}
    preview(draft)
    assert execute_restore(draft).outcome == Outcome.SUCCEEDED
    assert used_filters(simulator, target) == {str(row.target_filter_id) for row in rows_of(draft)} <= ids


def test_of_two_filters_of_the_name_none_is_taken(draft: Restore, target: Tenant, simulator: Simulator) -> None:
    twins = [{"displayName": row.source_name} for row in rows_of(draft) for _ in range(2)]
    simulator.control("POST", f"tenants/{target.external_id}/assignmentFilters", value=twins)

    preview(draft)

    assert {row.decision for row in rows_of(draft)} == {None}
    assert len(list_cached(target.id)) == len(twins)


def test_the_preview_finds_what_was_made_since_the_cache_was_read(
    draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    ids = {make_filter(simulator, target, str(row.source_name)) for row in rows_of(draft)}

    preview(draft)

    assert {row.target_filter_id for row in rows_of(draft)} == ids
    assert fresh(draft).is_executable


def test_nothing_is_written_for_an_undecided_filter(draft: Restore, target: Tenant, simulator: Simulator) -> None:
    preview(draft)

    run = execute_restore(draft)

    assert (run.outcome, {each.code for each in run.failures}) == (
        Outcome.PARTIALLY_SUCCEEDED,
        {"restore.filter_missing"},
    )
    assert used_filters(simulator, target) == set()


def test_a_skipped_filter_leaves_its_assignments_out_by_decision(
    draft: Restore, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    decide(draft, None)
    preview(draft)

    run = execute_restore(draft)

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert {each.code for each in run.failures} == {"restore.assignments_dropped"}
    assert run.counts["failed"] == 0
    assert used_filters(simulator, target) == set()
    assert used_filters(simulator, source)


def test_a_filter_that_vanished_after_it_was_chosen_is_not_written(
    draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    chosen = make_filter(simulator, target, "Some other name")
    decide(draft, chosen)
    preview(draft)
    simulator.control("DELETE", f"tenants/{target.external_id}/assignmentFilters/{chosen}")

    run = execute_restore(draft)

    assert {each.code for each in run.failures} == {"restore.filter_missing"}
    assert used_filters(simulator, target) == set()


def test_within_the_tenant_there_is_nothing_to_decide(backup: BackupSet, source: Tenant) -> None:
    assert rows_of(make_restore(backup, source)) == []


def test_the_page_offers_the_cached_filters_and_keeps_what_is_chosen(
    manager: ConsoleClient, draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    chosen = make_filter(simulator, target, "Devices of the works")
    sync_groups(target)
    page = manager.get(page_of(draft, "/groups")).text
    names = re.findall(r'name="(filter-\d+)"', page)
    assert (len(names), page.count("Devices of the works")) == (len(rows_of(draft)), len(names))

    manager.post(page_of(draft, "/groups"), data=dict.fromkeys(names, chosen) | {"do": "save"})

    assert {(row.target_filter_id, row.target_name) for row in rows_of(draft)} == {(chosen, "Devices of the works")}


def test_the_page_suggests_the_same_name_and_says_so(
    manager: ConsoleClient, draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    row = rows_of(draft)[0]
    same = make_filter(simulator, target, str(row.source_name))
    sync_groups(target)

    page = manager.get(page_of(draft, "/groups")).text

    assert "Same name" in page
    assert re.search(rf'<option value="{same}"\s+selected', page)


def test_a_filter_that_is_not_cached_is_refused_beside_its_field(manager: ConsoleClient, draft: Restore) -> None:
    answer = manager.post(page_of(draft, "/groups"), data={f"filter-{rows_of(draft)[0].id}": "nobody", "do": "save"})

    assert (answer.status_code, "This filter is not cached" in answer.text) == (422, True)
    assert {row.decision for row in rows_of(draft)} == {None}


def test_the_wizard_does_not_go_on_before_every_filter_is_decided(manager: ConsoleClient, draft: Restore) -> None:
    onward = manager.post(page_of(draft, "/groups"), data={"do": "continue"})
    assert onward.location.endswith("/groups#filters")
    preview(draft)

    refused = manager.post(page_of(draft, "/execute"), headers=JSON)

    assert (refused.status_code, "filters" in (refused.json or {})["errors"]) == (409, True)
    assert "undecided" in manager.get(page_of(draft)).text
    manager.post(page_of(draft, "/groups"), data={"do": "skip"})
    preview(draft)
    assert manager.post(page_of(draft, "/execute"), headers=JSON).status_code == 202
