"""A conditional access policy with ids of its own tenant is not restored into another one unnoticed (R43)."""

from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.foreign import ForeignId, foreign_ids
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
    item_named,
    make_backup,
    make_reader,
    make_restore,
    preview,
)
from tests.intune.restore.test_faults import codes
from tests.support.clients import ConsoleClient

TYPE = "conditionalAccessPolicies"
CA001 = "CA001 - Require multifactor authentication"
SOME_ID = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GRAPH = "00000003-0000-0000-c000-000000000000"


def conditions(part: str, **values: object) -> dict[str, Any]:
    return {"displayName": "A policy", "conditions": {part: values}}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (conditions("users", includeUsers=[SOME_ID]), "includeUsers"),
        (conditions("users", excludeRoles=[SOME_ID]), "excludeRoles"),
        (conditions("locations", excludeLocations=["All", SOME_ID]), "excludeLocations"),
        (conditions("applications", includeApplications=[SOME_ID]), "includeApplications"),
        (conditions("clientApplications", includeServicePrincipals=[SOME_ID]), "includeServicePrincipals"),
        (conditions("devices", deviceFilter={"mode": "include", "rule": f'device.deviceId -eq "{SOME_ID}"'}), "rule"),
        ({"grantControls": {"termsOfUse": [SOME_ID]}}, "termsOfUse"),
        ({"grantControls": {"authenticationStrength": {"id": SOME_ID}}}, "authenticationStrength"),
        ({"sessionControls": {"somethingNew": {"id": SOME_ID}}}, "somethingNew"),
    ],
)
def test_an_id_of_the_tenant_is_found_wherever_it_is(content: dict[str, Any], place: str) -> None:
    assert foreign_ids(content) == [ForeignId(place, SOME_ID)]


@pytest.mark.parametrize(
    "content",
    [
        conditions("users", includeUsers=["All"], excludeUsers=["GuestsOrExternalUsers"], includeGroups=[SOME_ID]),
        conditions("users", includeRoles=[GLOBAL_ADMINISTRATOR]),
        conditions("users", excludeGuestsOrExternalUsers={"externalTenants": {"members": [SOME_ID]}}),
        conditions("locations", includeLocations=["All"], excludeLocations=["AllTrusted"]),
        conditions("applications", includeApplications=["Office365", GRAPH], includeUserActions=["urn:user:register"]),
        {"id": SOME_ID, "grantControls": {"authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"}}},
        {"conditions": None, "grantControls": None, "sessionControls": {"signInFrequency": {"value": 4}}},
    ],
)
def test_what_is_the_same_in_every_tenant_is_none(content: dict[str, Any]) -> None:
    assert foreign_ids(content) == []


@pytest.fixture
def restore(source: Tenant, target: Tenant, simulator: Simulator) -> Restore:
    return make_restore(make_backup(source, types=[TYPE]), target, by_name(simulator, source, target))


def test_the_policy_is_left_out_of_another_tenant_and_its_page_says_why(
    restore: Restore, source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    run = preview(restore)

    assert [(each.code, each.message) for each in run.failures] == [
        ("restore.foreign_ids", f"Conditional access policies: {places}")
        for places in (
            "excludeLocations",
            "excludeLocations, termsOfUse, authenticationStrength",
            "includeAuthenticationContextClassReferences",
        )
    ]
    client.sign_in(make_reader(target, source).email)
    page = client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item_named(restore, CA001).id}").text
    (location,) = next(
        each["conditions"]["locations"]["excludeLocations"]
        for each in held(simulator, source, TYPE)
        if each["displayName"] == CA001
    )
    assert location in page
    assert codes(execute_restore(restore)) == {"restore.foreign_ids"}
    assert CA001 not in {each["displayName"] for each in held(simulator, target, TYPE)}


def test_into_its_own_tenant_it_goes_as_it_is(source: Tenant) -> None:
    restore = make_restore(make_backup(source, types=[TYPE]), source)

    assert preview(restore).outcome == Outcome.SUCCEEDED
    assert "skip" not in actions_of(restore)
