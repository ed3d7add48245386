"""Policies of one type and name but two kinds: neither is mistaken for the other, nothing is created twice (R43)."""

from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.operations.live import TypeIndex
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import (
    execute_restore,
    held,
    item_named,
    make_backup,
    make_restore,
    preview,
    results_of,
    without_assignments,
)

TYPE = "deviceConfigurations"
CUSTOM = {"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": "Rings", "omaSettings": []}
UPDATES = {
    "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
    "displayName": "Rings",
    "description": "of the target",
}


def put(simulator: Simulator, tenant: Tenant, *policies: dict[str, Any]) -> None:
    simulator.control("POST", f"tenants/{tenant.external_id}/{TYPE}", value=list(policies))


def rings_of(simulator: Simulator, tenant: Tenant) -> list[tuple[str, object]]:
    found = [each for each in held(simulator, tenant, TYPE) if each["displayName"] == "Rings"]
    return sorted((each["@odata.type"], each.get("description")) for each in found)


def test_one_of_another_kind_is_left_alone_and_ours_is_made(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    put(simulator, source, CUSTOM)
    put(simulator, target, UPDATES)
    restore = without_assignments(make_restore(make_backup(source, types=[TYPE]), target, names={"Rings"}))
    preview(restore)
    assert item_named(restore, "Rings").action == "create"

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    there = [(CUSTOM["@odata.type"], None), (UPDATES["@odata.type"], "of the target")]
    assert rings_of(simulator, target) == there


def test_both_kinds_are_restored_and_found_again(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    put(simulator, source, CUSTOM, UPDATES)
    backup = make_backup(source, types=[TYPE])
    first = without_assignments(make_restore(backup, target, names={"Rings"}))
    preview(first)
    execute_restore(first)
    assert results_of(first) == {"written": 2}

    again = without_assignments(make_restore(backup, target, names={"Rings"}))
    preview(again)

    assert execute_restore(again).outcome == Outcome.SUCCEEDED
    assert (results_of(again), len(rings_of(simulator, target))) == ({"unchanged": 2}, 2)


def test_an_id_that_another_kind_has_stops_that_item(
    source: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(simulator, source, CUSTOM)
    restore = make_restore(make_backup(source, types=[TYPE]), source, names={"Rings"})
    monkeypatch.setattr(TypeIndex, "kind_of", lambda *_: UPDATES["@odata.type"])

    run = preview(without_assignments(restore))

    assert [each.code for each in run.failures] == ["restore.kind_differs"]
    assert item_named(restore, "Rings").action == "skip"
