"""What is of the source and lies at places that nobody maps: ids in texts, names in runs (R55, R68)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import ReferenceDecided, decide_references
from ops_admin.intune.restore.states import ItemState
from ops_admin.references.declared import Kind
from ops_admin.references.directory_ids import with_directory_id
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    fresh,
    held,
    item_named,
    make_backup,
    make_reader,
    make_restore,
    preview,
    writes_to,
)
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

ACCESS = "conditionalAccessPolicies"
CONFIGURATIONS = "deviceConfigurations"
LOCATION = "CA001 - Require multifactor authentication"
CUSTOM = "Planted custom"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def plant(simulator: Simulator, tenant: Tenant, text: str) -> None:
    """Add a policy with a text in the middle of a setting that is no reference."""
    oma = {"@odata.type": "#microsoft.graph.omaSettingInteger", "displayName": "x", "omaUri": f"./{text}/x", "value": 1}
    kind = {"@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": CUSTOM}
    rows = f"tenants/{tenant.external_id}/{CONFIGURATIONS}"
    simulator.control("POST", rows, **kind, description=f"Of {tenant.external_id}", omaSettings=[oma])


def restore_of(simulator: Simulator, source: Tenant, target: Tenant, name: str, type_key: str) -> Restore:
    backup = make_backup(source, types=[type_key])
    return make_restore(backup, target, by_name(simulator, source, target), names={name})


def there(simulator: Simulator, tenant: Tenant, type_key: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in held(simulator, tenant, type_key) if each["displayName"] == name]
    return found


def test_the_tenants_own_id_becomes_that_of_the_target(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    plant(simulator, source, source.external_id.upper())
    restore = restore_of(simulator, source, target, CUSTOM, CONFIGURATIONS)
    preview(restore)

    execute_restore(restore)

    (setting,) = there(simulator, target, CONFIGURATIONS, CUSTOM)["omaSettings"]
    assert setting["omaUri"] == f"./{target.external_id}/x"
    assert actions_of(preview_again(restore)) == {"unchanged": 1}


def test_only_the_whole_id_is_replaced_and_neither_names_nor_other_organisations() -> None:
    one, two = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f", "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"
    kept = {"displayName": one, "longer": f"{one}0", "externalTenants": {"members": [one]}, "number": 1}

    found = with_directory_id({**kept, "rows": [{"value": f"x/{one}"}]}, one, two)

    assert found == {**kept, "rows": [{"value": f"x/{two}"}]}


def test_an_id_of_the_source_is_found_however_it_is_written(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    plant(simulator, source, held(simulator, source, "groups")[0]["id"].upper())
    restore = restore_of(simulator, source, target, CUSTOM, CONFIGURATIONS)
    preview(restore)

    execute_restore(restore)

    assert item_named(restore, CUSTOM).failure_code == "restore.foreign_ids"
    assert writes_to(simulator, target) == []


def test_a_choice_that_vanished_meanwhile_is_not_sent(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, LOCATION, ACCESS)
    mine = there(simulator, source, "namedLocations", "Offices")["id"]
    yours = there(simulator, target, "namedLocations", "Offices")["id"]
    decide_references(restore, {(Kind.LOCATION, mine): ReferenceDecided(yours, "Offices")})
    preview(fresh(restore))
    assert actions_of(restore) == {"create": 1}
    simulator.control("DELETE", f"tenants/{target.external_id}/namedLocations/{yours}")

    run = execute_restore(restore)

    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    assert item_named(restore, LOCATION).state == ItemState.FAILED
    assert writes_to(simulator, target) == []


def test_what_a_policy_lacks_is_named_only_to_those_who_may_read_the_source(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    simulator.control("DELETE", f"tenants/{target.external_id}/namedLocations")
    restore = restore_of(simulator, source, target, LOCATION, ACCESS)
    runs = [preview(restore), execute_restore(restore)]

    client.sign_in(make_member(target, Role.OWNER).email)
    for run in runs:
        page = client.get(f"/operations/{run.id}")
        assert page.status_code == 200
        assert "restore.reference_unmapped" in page.text
        assert "Offices" not in page.text + json.dumps([each.message for each in run.failures])

    client.sign_in(make_reader(target, source).email)
    item = item_named(restore, LOCATION).id
    assert "Offices" in client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item}").text


VPN_ID, VPN, APP = "aaaaaaaa-1111-4222-8333-444444444444", "VPN for one app", "App with a VPN of its own"


def plant_app(simulator: Simulator, tenant: Tenant, **settings: str) -> None:
    """Add a VPN, and an app that is assigned with these settings."""
    rows, graph = f"tenants/{tenant.external_id}", "#microsoft.graph."
    server = {"@odata.type": f"{graph}vpnServer", "address": "vpn.contoso.example", "description": "VPN"}
    kind = {"@odata.type": f"{graph}iosVpnConfiguration", "displayName": VPN, "description": "x"}
    simulator.control("POST", f"{rows}/{CONFIGURATIONS}", **kind, id=VPN_ID, connectionName="V", server=server)
    group = held(simulator, tenant, "groups")[0]["id"]
    assignment = {
        "@odata.type": f"{graph}mobileAppAssignment",
        "intent": "required",
        "target": {"@odata.type": f"{graph}groupAssignmentTarget", "groupId": group},
        "settings": {"@odata.type": f"{graph}iosStoreAppAssignmentSettings", **settings},
    }
    app = {"@odata.type": f"{graph}iosStoreApp", "displayName": APP, "description": "x", "publisher": "P"}
    platform = {"applicableDeviceType": {"iPad": True}, "minimumSupportedOperatingSystem": {"v10_0": True}}
    store = {"bundleId": "com.x", "appStoreUrl": "https://apps.example/x", **platform}
    simulator.control("POST", f"{rows}/mobileApps", **app, **store, assignments=[assignment])


def test_an_app_gets_the_vpn_of_the_target(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    plant_app(simulator, source, vpnConfigurationId=VPN_ID)
    backup = make_backup(source, types=["mobileApps", CONFIGURATIONS])
    restore = make_restore(backup, target, by_name(simulator, source, target), names={APP, VPN})
    preview(restore)

    execute_restore(restore)

    (assignment,) = there(simulator, target, "mobileApps", APP)["assignments"]
    assert assignment["settings"]["vpnConfigurationId"] == there(simulator, target, CONFIGURATIONS, VPN)["id"]
    assert actions_of(preview_again(restore)) == {"unchanged": 2}


@pytest.mark.parametrize(
    ("given", "code", "named"),
    [
        ({"vpnConfigurationId": VPN_ID}, "restore.reference_unmapped", f"Device configuration “{VPN}”"),
        ({"unknownConfigurationId": VPN_ID}, "restore.foreign_ids", "unknownConfigurationId"),
    ],
)
def test_an_app_whose_vpn_is_not_there_is_left_out(
    source: Tenant, target: Tenant, simulator: Simulator, given: dict[str, str], code: str, named: str
) -> None:
    plant_app(simulator, source, **given)
    backup = make_backup(source, types=["mobileApps", CONFIGURATIONS])
    restore = make_restore(backup, target, by_name(simulator, source, target), names={APP})
    preview(restore)

    execute_restore(restore)

    item = item_named(restore, APP)
    assert (item.failure_code, item.problem_detail) == (code, named)
    assert writes_to(simulator, target) == []


@pytest.mark.parametrize("excluded", [["GuestsOrExternalUsers"], []])
def test_guests_are_no_emergency_account(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient, excluded: list[str]
) -> None:
    policy = there(simulator, source, ACCESS, LOCATION)
    users = {"includeUsers": ["All"], "excludeUsers": excluded, "excludeGroups": []}
    rows = f"tenants/{source.external_id}/{ACCESS}/{policy['id']}"
    simulator.control("PATCH", rows, conditions={**policy["conditions"], "users": users})
    restore = restore_of(simulator, source, target, LOCATION, ACCESS)
    preview(restore)

    client.sign_in(make_reader(target, source, Role.MANAGER).email)

    assert "1 policy excludes nobody:" in client.get(f"/tenants/{target.id}/restores/{restore.id}/execute").text


def test_the_confirmation_says_what_will_no_longer_be_enforced(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    restore = restore_of(simulator, source, target, LOCATION, ACCESS)
    preview(restore)
    execute_restore(restore)
    made = there(simulator, target, ACCESS, LOCATION)["id"]
    simulator.control("PATCH", f"tenants/{target.external_id}/{ACCESS}/{made}", state="enabled")
    again = preview_again(restore)
    client.sign_in(make_reader(target, source, Role.MANAGER).email)

    page = client.get(f"/tenants/{target.id}/restores/{again.id}/execute").text

    assert "1 Conditional Access policy that is on in the tenant will no longer be enforced." in page
