"""`directory.groups.sync` against the simulated tenant (R40)."""

import pytest
from sqlalchemy import select

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.intune.directory.filters import find_filter_sync, list_filters
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.directory.queries import count_groups, find_directory_sync
from ops_admin.runs import events
from ops_admin.runs.events import RunEvent, RunProgressed
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import sync_groups


def groups_of(simulator: Simulator) -> dict[str, str]:
    documents = simulator.control("GET", f"tenants/{CONTOSO}/groups")["value"]
    return {document["id"]: document["displayName"] for document in documents}


def cached(tenant: Tenant) -> dict[str, str]:
    query = select(DbDirectoryGroup.external_id, DbDirectoryGroup.display_name)
    rows = db.session.execute(query.where(DbDirectoryGroup.tenant_id == tenant.id))
    return {row.external_id: row.display_name for row in rows}


def test_ids_and_names_of_all_groups_are_cached(tenant: Tenant, simulator: Simulator) -> None:
    run = sync_groups(tenant)

    assert cached(tenant) == groups_of(simulator)
    assert run.outcome == Outcome.SUCCEEDED
    assert run.counts["processed"] == run.counts["total"] == run.counts["created"] == len(groups_of(simulator))


def test_many_groups_come_page_by_page(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", f"tenants/{CONTOSO}/groups/generate", count=2500)

    run = sync_groups(tenant)

    assert count_groups(tenant.id) == run.counts["total"] == len(groups_of(simulator)) > 2500


def test_nothing_is_left_to_do_once_all_groups_are_counted(tenant: Tenant, simulator: Simulator) -> None:
    """Assignment filters are not counted, so they are read first."""
    seen: list[tuple[dict[str, int], bool]] = []

    def watch(event: RunEvent) -> None:
        seen.append((event.run.counts, find_filter_sync(tenant.id) is not None))

    events.after_commit[RunProgressed].connect(watch)
    try:
        sync_groups(tenant)
    finally:
        events.after_commit[RunProgressed].disconnect(watch)

    assert any(counts for counts, _ in seen)
    assert all(filters_are_read for counts, filters_are_read in seen if counts)


def test_groups_are_read_even_if_filters_cannot_be(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="html", path="/assignmentFilters")

    run = sync_groups(tenant)

    assert (run.outcome, cached(tenant)) == (Outcome.PARTIALLY_SUCCEEDED, groups_of(simulator))
    assert [failure.message.split(":")[0] for failure in run.failures] == ["Assignment filters"]


def test_a_renamed_group_is_updated_and_a_vanished_one_removed(tenant: Tenant, simulator: Simulator) -> None:
    sync_groups(tenant)
    renamed, vanished, *_ = groups_of(simulator)
    simulator.control("PATCH", f"tenants/{CONTOSO}/groups/{renamed}", displayName="A new name")
    simulator.control("DELETE", f"tenants/{CONTOSO}/groups/{vanished}")

    run = sync_groups(tenant)

    assert cached(tenant) == groups_of(simulator)
    assert (run.counts["created"], run.counts["updated"], run.counts["deleted"]) == (0, 1, 1)


def test_the_groups_of_another_tenant_stay(tenant: Tenant, empty_tenant: Tenant, simulator: Simulator) -> None:
    sync_groups(empty_tenant)
    before = count_groups(empty_tenant.id)

    sync_groups(tenant)

    assert count_groups(empty_tenant.id) == before > 0


def test_an_incomplete_list_is_a_partial_success_and_removes_nothing(
    tenant: Tenant, simulator: Simulator, impatient: None
) -> None:
    simulator.control("POST", f"tenants/{CONTOSO}/groups/generate", count=1500)
    sync_groups(tenant)
    before = count_groups(tenant.id)
    simulator.control("DELETE", f"tenants/{CONTOSO}/groups/{next(iter(groups_of(simulator)))}")
    simulator.control("POST", "faults", effect="html", path="/groups.*skiptoken")

    run = sync_groups(tenant)

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [failure.code for failure in run.failures] == ["graph.unexpected_response"]
    assert count_groups(tenant.id) == before


def test_a_group_without_a_name_is_cached_as_unnamed(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="nameless", path="/groups")

    assert sync_groups(tenant).outcome == Outcome.SUCCEEDED
    assert [name for name in cached(tenant).values() if name.startswith("Unnamed group ")]


def test_groups_are_read_even_if_their_number_is_unknown(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="status", path="count", options={"status": 400})

    run = sync_groups(tenant)

    assert (run.outcome, cached(tenant)) == (Outcome.SUCCEEDED, groups_of(simulator))


def test_the_result_of_the_sync_is_recorded(tenant: Tenant) -> None:
    assert find_directory_sync(tenant.id) is None

    run = sync_groups(tenant)

    sync = find_directory_sync(tenant.id)
    assert sync is not None
    assert (sync.succeeded_run_id, sync.attempted_run_id, sync.failure_code) == (run.id, run.id, None)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_database_can_hold_costs_that_group_alone(
    tenant: Tenant, simulator: Simulator, name: str
) -> None:
    sync_groups(tenant)
    before = cached(tenant)
    spoiled, renamed, *_ = groups_of(simulator)
    simulator.control("PATCH", f"tenants/{CONTOSO}/groups/{spoiled}", displayName=name)
    simulator.control("PATCH", f"tenants/{CONTOSO}/groups/{renamed}", displayName="A new name")

    run = sync_groups(tenant)

    assert (run.outcome, run.counts["failed"]) == (Outcome.PARTIALLY_SUCCEEDED, 1)
    assert [(failure.code, failure.count) for failure in run.failures] == [("graph.unexpected_response", 1)]
    assert cached(tenant) == {**before, renamed: "A new name"}
    assert run.counts["deleted"] == 0


def test_a_filter_whose_id_no_database_can_hold_is_left_out(tenant: Tenant, simulator: Simulator) -> None:
    path = f"tenants/{CONTOSO}/assignmentFilters"
    filters = len(simulator.control("GET", path)["value"])
    simulator.control("POST", path, id="a\0b", displayName="Spoiled")

    run = sync_groups(tenant)

    assert (run.outcome, len(list_filters(tenant.id))) == (Outcome.SUCCEEDED, filters)
