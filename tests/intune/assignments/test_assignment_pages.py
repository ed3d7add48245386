"""Pages: start of a fetch, preview of a restore, and assignments with the names of groups (R10, R16, R45)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.graph.resources import POLICY_TYPES
from ops_admin.infra.database import utcnow
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.presenter import policy_assignments
from ops_admin.intune.assignments.storage import record_failed, record_fetched
from ops_admin.intune.backups import storage as backups
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.directory.storage import record_groups
from ops_admin.runs.queries import get_run
from tests.intune.making import add_version, make_policy
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_tenant, sign_in

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
PREFIX = "#microsoft.graph."
FILTER = "deviceAndAppManagementAssignmentFilter"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, sqlite_url)


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    tenant = make_tenant(name="Contoso")
    record_groups(tenant.id, {"g-1": "Sales <EU>", "g-2": "Pilot devices"}, utcnow())
    return tenant


@pytest.fixture
def manager(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(tenant, Role.MANAGER))


def to(group_id: str, kind: str = "groupAssignmentTarget", **more: Any) -> dict[str, Any]:
    return {"target": {"@odata.type": f"{PREFIX}{kind}", "groupId": group_id}, **more}


def to_all_devices(*pairs: str) -> dict[str, Any]:
    filtered = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return {"target": {"@odata.type": f"{PREFIX}allDevicesAssignmentTarget", **filtered}}


def make_assigned(tenant: Tenant, assignments: Sequence[dict[str, Any]], type_key: str = "intents") -> int:
    policy_id = make_policy(tenant, "Encrypt disks", type_key)
    record_fetched({policy_id: list(assignments)}, 5, utcnow())
    return policy_id


def url(tenant: Tenant, rest: str) -> str:
    return f"/tenants/{tenant.id}/assignments/{rest}"


def previewed_in(page: str) -> str:
    found = re.search(r'name="previewed" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_console_knows_which_types_are_assigned() -> None:
    assert {each.key: is_assignable(each.key) for each in POLICY_TYPES} == {
        each.key: each.assignable for each in POLICY_TYPES
    }


def test_assignments_are_named_by_the_cached_directory(tenant: Tenant) -> None:
    rows = [
        to("g-2", "exclusionGroupAssignmentTarget"),
        to("g-1", intent="required"),
        to("gone"),
        {
            "target": {
                "@odata.type": f"{PREFIX}allDevicesAssignmentTarget",
                f"{FILTER}Id": "f",
                f"{FILTER}Type": "exclude",
            }
        },
    ]
    policy_id = make_assigned(tenant, rows)

    found = policy_assignments(tenant.id, policy_id, "intents")

    assert found.rows is not None
    assert [(row.name, row.is_known, row.is_exclusion, row.intent) for row in found.rows] == [
        ("All devices", True, False, None),
        ("gone", False, False, None),
        ("Sales <EU>", True, False, "Required"),
        ("Pilot devices", True, True, None),
    ]
    assert found.rows[0].filter == "Without devices of filter f"


def test_assignments_of_an_older_version_say_so(tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])
    add_version(tenant, policy_id, {"displayName": "newer"})

    found = policy_assignments(tenant.id, policy_id, "intents")

    assert (found.number, len(found.rows or ())) == (1, 1)


def test_a_failed_fetch_keeps_what_was_known(tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])
    record_failed({policy_id: "graph.forbidden"}, 6, utcnow())

    found = policy_assignments(tenant.id, policy_id, "intents")

    assert found.fetch is not None
    assert (found.fetch.failure_code, found.fetch.fetched_run_id, len(found.rows or ())) == ("graph.forbidden", 5, 1)


@pytest.mark.parametrize(
    ("form", "inputs"), [({}, {"all": True}), ({"policy_ids": ["4", "3"]}, {"policy_ids": [3, 4]})]
)
def test_a_fetch_is_started_for_all_or_for_chosen_policies(
    manager: ConsoleClient, tenant: Tenant, form: dict[str, object], inputs: dict[str, object]
) -> None:
    answer = manager.post(url(tenant, "fetch"), data=form, headers=JSON)

    assert answer.status_code == 202
    assert get_run(answer.get_json()["run_id"]).inputs == inputs


def test_a_fetch_answers_in_place_and_by_a_redirect(manager: ConsoleClient, tenant: Tenant) -> None:
    in_place = manager.post(url(tenant, "fetch"), headers=HTMX)
    plain = manager.post(url(tenant, "fetch"))

    assert (in_place.status_code, "Assignments fetch" in in_place.text) == (200, True)
    assert (plain.status_code, "lready" in manager.get(plain.location).text) == (303, True)
    assert manager.post(url(tenant, "fetch"), json={"policy_ids": "x"}, headers=JSON).status_code == 422


def test_the_preview_says_target_by_target_what_a_restore_does(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])
    add_version(tenant, policy_id, {"displayName": "newer"})
    record_fetched({policy_id: [to("g-2")]}, 6, utcnow())

    merged = words_of(manager.get(url(tenant, f"restore?policy_ids={policy_id}&version=1")).text)
    replaced = words_of(manager.get(url(tenant, f"restore?policy_ids={policy_id}&version=1&mode=replace")).text)

    assert "Pilot devices Stays, not in the source Sales &lt;EU&gt; Added" in merged
    assert "Pilot devices Removed Sales &lt;EU&gt; Added" in replaced


def test_where_nothing_would_change_the_preview_says_so(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])

    page = words_of(manager.get(url(tenant, f"restore?policy_ids={policy_id}")).text)

    assert "1 policy is assigned so already; nothing needs to be sent." in page


def test_an_unknown_group_needs_a_decision_before_a_start(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("gone")])
    form = {"policy_ids": str(policy_id)}

    refused = manager.post(url(tenant, "restore"), data=form)
    assert (refused.status_code, 'name="map:gone"' in refused.text) == (422, True)
    assert ("cached directory only" in refused.text, "Sync groups" in refused.text) == (True, True)

    preview = manager.get(url(tenant, f"restore?policy_ids={policy_id}&map:gone=g-2")).text
    assert ("Pilot devices" in preview, 'value="g-2"' in preview) == (True, True)

    started = manager.post(url(tenant, "restore"), data={**form, "map:gone": "g-2"}, headers=JSON)
    assert get_run(started.get_json()["run_id"]).inputs == {
        "policy_ids": [policy_id], "mapping": {"gone": "g-2"}, "mode": "merge"
    }  # fmt: skip


def test_a_group_is_chosen_by_name_and_an_unknown_one_is_no_decision(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("gone")])
    address = url(tenant, f"restore?policy_ids={policy_id}&map:gone=")

    assert 'value="g-2"' in manager.get(f"{address}pilot DEVICES").text
    unknown = manager.get(f"{address}elsewhere").text
    assert ('value="elsewhere"' in unknown, "no such group" in unknown) == (True, True)
    refused = manager.post(url(tenant, "restore"), data={"policy_ids": str(policy_id), "map:gone": "elsewhere"})
    assert refused.status_code == 422


def test_a_single_policy_offers_every_place_where_its_assignments_are_stored(
    manager: ConsoleClient, tenant: Tenant
) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])
    add_version(tenant, policy_id, {"displayName": "newer"})
    record_fetched({policy_id: [to("g-2")]}, 6, utcnow())

    page = manager.get(url(tenant, f"restore?policy_ids={policy_id}")).text

    assert all(f"version={number}" in page for number in (1, 2))


def test_a_restore_leads_back_to_the_policy_with_a_toast(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])

    form = {"policy_ids": str(policy_id)}
    shown = manager.get(url(tenant, f"restore?policy_ids={policy_id}")).text

    answer = manager.post(url(tenant, "restore"), data={**form, "previewed": previewed_in(shown)})

    assert (answer.status_code, answer.location) == (303, f"/tenants/{tenant.id}/policies/{policy_id}")


def test_nothing_is_started_that_was_not_shown(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_assigned(tenant, [to("g-1")])
    shown = manager.get(url(tenant, f"restore?policy_ids={policy_id}")).text
    form = {"policy_ids": str(policy_id), "mode": "replace"}

    refused = manager.post(url(tenant, "restore"), data={**form, "previewed": previewed_in(shown)})
    assert (refused.status_code, "Nothing was started" in refused.text) == (422, True)

    again = manager.post(url(tenant, "restore"), data={**form, "action": "preview"})
    assert (again.status_code, previewed_in(again.text)) == (200, previewed_in(refused.text))

    agreed = manager.post(url(tenant, "restore"), data={**form, "previewed": previewed_in(refused.text)})
    assert agreed.status_code == 303


@pytest.mark.parametrize("body", [[], ["x"], {}, {"policy_ids": [1], "mapping": 3}, "text"])
def test_invalid_json_is_answered_in_json(manager: ConsoleClient, tenant: Tenant, body: object) -> None:
    for headers in ({}, JSON):
        answer = manager.post(url(tenant, "restore"), json=body, headers=headers)
        assert (answer.status_code, bool(answer.get_json()["errors"])) == (422, True)


def captured(external_id: str, name: str, assignments: list[Any]) -> CapturedItem:
    return CapturedItem("intents", external_id, name, {}, "0" * 64, assignments, assignments_hash(assignments))


def test_the_preview_shows_unknown_policies_and_damaged_items_of_a_backup(
    manager: ConsoleClient, tenant: Tenant
) -> None:
    make_policy(tenant, "Encrypt disks", external_id="disks")
    set_id = backups.open_set(backups.NewSet(1000, tenant.workspace_id, tenant.id, "Nightly", True, "Ada"))
    damaged = replace(captured("disks", "Encrypt disks", [to("g-2")]), assignments=[to("g-1")])
    backups.record_items(set_id, tenant.id, [damaged, captured("unknown", "Never synced", [to("g-2")])])
    backups.close_set(set_id)

    page = words_of(manager.get(url(tenant, f"restore?backup_set_id={set_id}")).text)

    assert "1 policy cannot be restored: This policy is not among the policies" in page
    assert "changed or damaged since" in page
    assert "Sales &lt;EU&gt; Added" not in page


def test_a_backup_is_previewed_for_all_that_it_holds(manager: ConsoleClient, tenant: Tenant) -> None:
    policy_id = make_policy(tenant, "Encrypt disks", external_id="disks")
    run = make_run(tenant, type="backup.create")
    set_id = backups.open_set(backups.NewSet(run.id, tenant.workspace_id, tenant.id, "Nightly", True, "Ada"))
    item = captured("disks", "Encrypt disks", [to("g-2")])
    backups.record_items(set_id, tenant.id, [item])
    backups.close_set(set_id)

    page = words_of(manager.get(url(tenant, f"restore?backup_set_id={set_id}")).text)
    started = manager.post(url(tenant, "restore"), data={"backup_set_id": str(set_id)}, headers=JSON)

    assert all(text in page for text in ("Nightly", "Encrypt disks", "Pilot devices Added", "never fetched"))
    assert get_run(started.get_json()["run_id"]).inputs["all"] is True
    assert policy_id


def test_the_bare_address_says_what_to_choose(manager: ConsoleClient, tenant: Tenant) -> None:
    answer = manager.get(url(tenant, "restore"))

    assert (answer.status_code, "Choose policies in the list" in answer.text) == (200, True)


@pytest.mark.parametrize("query", ["?policy_ids=x", "?policy_ids=1&version=0", "?policy_ids=1&mode=x"])
def test_an_invalid_address_is_explained(manager: ConsoleClient, tenant: Tenant, query: str) -> None:
    answer = manager.get(url(tenant, f"restore{query}"))

    assert (answer.status_code, "This cannot be restored" in answer.text) == (422, True)


def test_policies_and_backups_of_another_tenant_are_not_shown(manager: ConsoleClient, tenant: Tenant) -> None:
    other = make_tenant()
    policy_id = make_policy(other, "Not mine")
    record_fetched({policy_id: [to("g-1")]}, 5, utcnow())

    page = manager.get(url(tenant, f"restore?policy_ids={policy_id}")).text

    assert ("Not mine" in page, "Nothing to restore" in page) == (False, True)
    assert "deleted" in manager.get(url(tenant, f"restore?policy_ids={policy_id}&backup_set_id=77")).text


def test_an_operator_fetches_and_does_not_restore(app: Flask, tenant: Tenant) -> None:
    operator = app.test_client()
    assert isinstance(operator, ConsoleClient)
    sign_in(operator, make_member(tenant, Role.OPERATOR))

    assert operator.post(url(tenant, "fetch"), headers=JSON).status_code == 202
    assert operator.get(url(tenant, "restore?policy_ids=1")).status_code == 403
    assert operator.post(url(tenant, "restore"), json={"policy_ids": [1]}, headers=JSON).status_code == 403
