"""What a tenant has besides policies is restored before what refers to it, which gets the new ids (R55, R59)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.filters import list_filters
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.states import ItemState
from ops_admin.runs.states import Outcome
from ops_admin.simulator.demo.notices import NOT_COMPLIANT
from ops_admin.simulator.demo.sign_in import ADMIN_STRENGTH, PLANT_STRENGTH
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_backup,
    make_reader,
    make_restore,
    preview,
    results_of,
    writes_to,
)
from tests.intune.restore.test_crashes import dying, execute_until_it_lives
from tests.support.clients import ConsoleClient

ACCESS = "conditionalAccessPolicies"
CONFIGURATIONS = "deviceConfigurations"
CONTEXTS = "authenticationContextClassReferences"
FILTERS = "assignmentFilters"
LOCATIONS = "namedLocations"
STRENGTHS = "authenticationStrengthPolicies"
TAGS = "roleScopeTags"
TEMPLATES = "notificationMessageTemplates"
THINGS = [TAGS, FILTERS, TEMPLATES, LOCATIONS, STRENGTHS, CONTEXTS, "intuneBrandingProfiles"]
CONTEXT_POLICY = "CA005 - Vertrauliche Dokumente"
KIOSK = "Kiosk devices"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def restore_of(simulator: Simulator, source: Tenant, target: Tenant, *names: str, types: list[str]) -> Restore:
    return make_restore(
        make_backup(source, types=types), target, by_name(simulator, source, target), names=set(names) or None
    )


def there(simulator: Simulator, tenant: Tenant, type_key: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in held(simulator, tenant, type_key) if each["displayName"] == name]
    return found


def empty(simulator: Simulator, tenant: Tenant, *types: str) -> None:
    for key in types:
        simulator.control("DELETE", f"tenants/{tenant.external_id}/{key}")


def put(simulator: Simulator, tenant: Tenant, type_key: str, *documents: dict[str, Any]) -> None:
    simulator.control("POST", f"tenants/{tenant.external_id}/{type_key}", value=list(documents))


def tagged(name: str, tag: str) -> dict[str, Any]:
    kind = "#microsoft.graph.windows10CustomConfiguration"
    return {"@odata.type": kind, "displayName": name, "omaSettings": [], "roleScopeTagIds": [tag]}


def filtered(name: str, filter_id: str) -> dict[str, Any]:
    target = {
        "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
        "deviceAndAppManagementAssignmentFilterId": filter_id,
        "deviceAndAppManagementAssignmentFilterType": "include",
    }
    return {**tagged(name, "0"), "assignments": [{"id": "a", "target": target}]}


def test_everything_is_made_beside_what_the_other_tenant_has(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target, types=THINGS)
    preview(restore)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    tags = {each["displayName"]: each["id"] for each in held(simulator, target, TAGS)}
    assert tags == {"Default": "0", "Lager": "1", "Production": "2", "Außendienst": "3", "Brasil": "4"}
    contexts = {each["id"]: each["displayName"] for each in held(simulator, target, CONTEXTS)}
    assert contexts == {
        "c1": "Finance approvals",
        "c2": "Privileged role activation",
        "c3": "Vertrauliche Dokumente",
    }
    again = preview_again(restore)
    assert set(actions_of(again)) == {"unchanged"}
    simulator.control("DELETE", "requests")
    execute_restore(again)
    assert writes_to(simulator, target) == []


def test_a_policy_names_the_context_that_was_made_for_it(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    names = (CONTEXT_POLICY, "Vertrauliche Dokumente")
    restore = restore_of(simulator, source, target, *names, types=[ACCESS, CONTEXTS])
    preview(restore)
    assert actions_of(restore) == {"create": 2}

    execute_restore(restore)

    applications = there(simulator, target, ACCESS, CONTEXT_POLICY)["conditions"]["applications"]
    assert applications["includeAuthenticationContextClassReferences"] == ["c2"]


def test_locations_strengths_and_templates_come_before_what_needs_them(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    empty(simulator, target, LOCATIONS, STRENGTHS, TEMPLATES)
    policy = "CA004 - Administratoren: Phishing-resistente Anmeldung"
    types = [ACCESS, LOCATIONS, STRENGTHS, TEMPLATES, "deviceCompliancePolicies"]
    restore = restore_of(simulator, source, target, types=types)
    preview(restore)

    execute_restore(restore)

    written = there(simulator, target, ACCESS, policy)
    office, strength = (
        there(simulator, target, LOCATIONS, "Offices")["id"],
        there(simulator, target, STRENGTHS, ADMIN_STRENGTH)["id"],
    )
    assert written["conditions"]["locations"]["excludeLocations"] == [office]
    assert written["grantControls"]["authenticationStrength"] == {"id": strength}
    broken = simulator.control("GET", f"tenants/{target.external_id}/broken")["value"]
    assert {row["kind"] for row in broken} <= {"complianceScript"}
    template = there(simulator, target, TEMPLATES, NOT_COMPLIANT)["id"]
    assert template in str(held(simulator, target, "deviceCompliancePolicies"))


def test_a_policy_gets_the_number_of_the_tag_that_was_made_for_it(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    put(simulator, source, CONFIGURATIONS, tagged("Tagged", "2"))
    put(simulator, target, CONFIGURATIONS, tagged("Tagged", "2"))  # another team's tag
    restore = restore_of(simulator, source, target, "Tagged", "Brasil", types=[CONFIGURATIONS, TAGS])
    preview(restore)
    assert actions_of(restore) == {"create": 1, "update": 1}

    execute_restore(restore)

    assert there(simulator, target, CONFIGURATIONS, "Tagged")["roleScopeTagIds"] == ["4"]


def test_a_tag_that_could_not_be_made_is_not_replaced_by_the_default(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    put(simulator, source, CONFIGURATIONS, tagged("Tagged", "2"))
    restore = restore_of(simulator, source, target, "Tagged", "Brasil", types=[CONFIGURATIONS, TAGS])
    preview(restore)
    rule = {"effect": "status", "options": {"status": 403}}
    path = "^/beta/deviceManagement/roleScopeTags$"
    simulator.control("POST", "faults", path=path, method="POST", tenant=target.external_id, **rule)

    execute_restore(restore)

    assert item_named(restore, "Tagged").failure_code == "restore.dependency_failed"
    simulator.control("DELETE", "faults")
    execute_restore(fresh(restore))
    assert there(simulator, target, CONFIGURATIONS, "Tagged")["roleScopeTagIds"] == ["4"]


def test_a_filter_that_is_restored_needs_no_decision_and_comes_first(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    put(simulator, source, CONFIGURATIONS, filtered("Filtered", there(simulator, source, FILTERS, KIOSK)["id"]))
    restore = restore_of(simulator, source, target, "Filtered", KIOSK, types=[CONFIGURATIONS, FILTERS])
    assert list_filters(restore.id) == []
    preview(restore)
    assert actions_of(restore) == {"create": 2}

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    (assignment,) = there(simulator, target, CONFIGURATIONS, "Filtered")["assignments"]
    made = there(simulator, target, FILTERS, KIOSK)["id"]
    assert assignment["target"]["deviceAndAppManagementAssignmentFilterId"] == made
    assert actions_of(preview_again(restore)) == {"unchanged": 2}


def test_without_its_filter_an_assignment_is_dropped_until_the_filter_is_there(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    put(simulator, source, CONFIGURATIONS, filtered("Filtered", there(simulator, source, FILTERS, KIOSK)["id"]))
    restore = restore_of(simulator, source, target, "Filtered", KIOSK, types=[CONFIGURATIONS, FILTERS])
    preview(restore)
    rule = {"effect": "status", "options": {"status": 403}}
    path = "^/beta/deviceManagement/assignmentFilters$"
    simulator.control("POST", "faults", path=path, method="POST", tenant=target.external_id, **rule)

    execute_restore(restore)

    item = item_named(restore, "Filtered")
    assert (item.state, item.assignments_state) == (ItemState.WRITTEN, ItemState.FAILED)
    assert there(simulator, target, CONFIGURATIONS, "Filtered")["assignments"] == []
    simulator.control("DELETE", "faults")
    assert execute_restore(fresh(restore)).outcome == Outcome.SUCCEEDED
    assert len(there(simulator, target, CONFIGURATIONS, "Filtered")["assignments"]) == 1


def test_in_its_own_tenant_a_deleted_filter_comes_back_with_what_used_it(source: Tenant, simulator: Simulator) -> None:
    old = there(simulator, source, FILTERS, KIOSK)["id"]
    put(simulator, source, CONFIGURATIONS, filtered("Filtered", old))
    backup = make_backup(source, types=[CONFIGURATIONS, FILTERS])
    policy = there(simulator, source, CONFIGURATIONS, "Filtered")["id"]
    for key, each in ((FILTERS, old), (CONFIGURATIONS, policy)):
        simulator.control("DELETE", f"tenants/{source.external_id}/{key}/{each}")
    restore = make_restore(backup, source, names={"Filtered", KIOSK})
    resolve_same_groups(restore)
    preview(fresh(restore))

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    (assignment,) = there(simulator, source, CONFIGURATIONS, "Filtered")["assignments"]
    made = there(simulator, source, FILTERS, KIOSK)["id"]
    assert made != old
    assert assignment["target"]["deviceAndAppManagementAssignmentFilterId"] == made


def test_a_filter_of_another_platform_is_another_one(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    phones = {"displayName": KIOSK, "platform": "iOS", "rule": '(device.model -eq "iPad")', "roleScopeTags": ["0"]}
    put(simulator, target, FILTERS, phones)
    restore = restore_of(simulator, source, target, KIOSK, types=[FILTERS])
    preview(restore)

    execute_restore(restore)

    platforms = [each["platform"] for each in held(simulator, target, FILTERS) if each["displayName"] == KIOSK]
    assert sorted(platforms) == ["iOS", "windows10AndLater"]


def test_the_tags_of_a_filter_become_those_of_the_tenant(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    kiosk = there(simulator, source, FILTERS, KIOSK)
    for tag, expected in (("1", ["2"]), ("2", ["0"])):
        simulator.control("PATCH", f"tenants/{source.external_id}/{FILTERS}/{kiosk['id']}", roleScopeTags=[tag])
        restore = restore_of(simulator, source, target, KIOSK, types=[FILTERS])
        preview(restore)
        execute_restore(restore)
        assert there(simulator, target, FILTERS, KIOSK)["roleScopeTags"] == expected


def test_the_default_branding_is_changed_and_its_name_is_not(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target, types=["intuneBrandingProfiles"])
    preview(restore)
    assert actions_of(restore) == {"create": 1, "update": 1}

    execute_restore(restore)

    profiles = {each["profileName"]: each for each in held(simulator, target, "intuneBrandingProfiles")}
    assert profiles.keys() == {"Default branding profile", "Werke"}
    assert profiles["Default branding profile"]["displayName"] == "Contoso"
    assert len(profiles["Werke"]["assignments"]) == 1


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_death_at_every_single_write(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    empty(simulator, target, FILTERS, TEMPLATES, LOCATIONS, STRENGTHS)
    restore = restore_of(simulator, source, target, types=THINGS)
    preview(restore)
    planned = actions_of(restore)
    before = {key: len(held(simulator, target, key)) for key in THINGS}

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= planned["create"]
    after = {key: len(held(simulator, target, key)) for key in THINGS}
    assert sum(after.values()) - sum(before.values()) == planned["create"]
    assert {item.failure_code for item in items_of(restore)} == {None}
    assert results_of(restore) == {"written": planned["create"] + planned["update"]} | (
        {"unchanged": planned["unchanged"]} if planned.get("unchanged") else {}
    )
    again = preview_again(restore)
    assert {item.name: item.changes for item in items_of(again) if item.action != "unchanged"} == {}
    strength = there(simulator, target, STRENGTHS, PLANT_STRENGTH)
    assert len(strength["combinationConfigurations"]) == 1


def test_the_page_of_a_policy_names_the_filter_that_is_restored(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    put(simulator, source, CONFIGURATIONS, filtered("Filtered", there(simulator, source, FILTERS, KIOSK)["id"]))
    restore = restore_of(simulator, source, target, "Filtered", KIOSK, types=[CONFIGURATIONS, FILTERS])
    preview(restore)
    client.sign_in(make_reader(target, source, Role.MANAGER).email)
    page = client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item_named(restore, 'Filtered').id}").text
    assert f"filter {KIOSK} → {KIOSK}" in page
