"""Bulk actions on the list: what is chosen, what is refused, and what each role may do (R10, R16, R17, R36, R41)."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.directory.storage import record_groups
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.selections import keep_selection, read_selection
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.views import chosen
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import find_run
from ops_admin.runs.worker.execution import execute
from tests.intune.making import make_policies, make_policy
from tests.intune.policies.bulk import states_of
from tests.intune.policies.test_export import make_never_read
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, sign_in

BULK = {
    "ignore": "policies.ignore",
    "unignore": "policies.unignore",
    "sync": "policies.sync",
    "export": "policies.export",
    "backup": "backup.create",
    "assignments": "assignments.fetch",
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def contoso(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def visitor(client: ConsoleClient, contoso: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(contoso, Role.MANAGER))


def started(client: ConsoleClient, tenant: Tenant, action: str, **form: Any) -> Run:
    """The run that a button of the list starts."""
    response = client.post(f"/tenants/{tenant.id}/policies/{action}", data=form, headers=JSON)
    assert response.status_code == 202, response.text
    run = find_run(response.get_json()["run_id"])
    assert run is not None
    return run


def chosen_by(run: Run) -> list[int]:
    inputs: dict[str, Any] = run.inputs
    return inputs["policy_ids"] if "policy_ids" in inputs else read_selection(str(inputs["selection"]))


@pytest.mark.parametrize(("action", "key"), BULK.items())
def test_each_button_starts_its_operation_on_what_was_ticked(
    visitor: ConsoleClient, contoso: Tenant, action: str, key: str
) -> None:
    ids = [make_policy(contoso), make_policy(contoso)]
    make_policy(contoso)

    run = started(visitor, contoso, action, policy_ids=ids)

    assert (run.type, chosen_by(run)) == (key, ids)


@pytest.mark.parametrize("action", BULK)
def test_all_that_match_are_those_of_the_filters_on_every_page(
    visitor: ConsoleClient, contoso: Tenant, action: str
) -> None:
    make_policies(contoso, 120)
    make_policy(contoso, "Another", "mobileApps")

    run = started(visitor, contoso, action, all_matching="yes", type="intents", q="Policy 000", policy_ids=[1])

    names = select(DbPolicy.name).where(DbPolicy.id.in_(chosen_by(run)))
    assert sorted(db.session.scalars(names)) == [f"Policy {number:05}" for number in range(100)]


@pytest.mark.parametrize("action", [*BULK, "delete/choose"])
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose at least one policy"),
        ({"policy_ids": ["x"]}, "is not the id of a policy"),
        ({"all_matching": "yes", "q": "nothing has this name"}, "No policy matches"),
        ({"all_matching": "yes", "state": "strange"}, "Choose one of the values offered"),
    ],
)
def test_an_invalid_choice_starts_nothing_in_every_kind_of_answer(
    visitor: ConsoleClient, contoso: Tenant, action: str, form: dict[str, Any], words: str
) -> None:
    make_policy(contoso)
    address = f"/tenants/{contoso.id}/policies/{action}"

    as_json = visitor.post(address, data=form, headers=JSON)
    in_place = visitor.post(address, data=form, headers={"HX-Request": "true"})
    plain = visitor.post(address, data=form, follow_redirects=True)

    assert as_json.status_code == 422
    assert words in " ".join(as_json.get_json()["errors"].values())
    assert ("toast-danger" in in_place.text, words in in_place.text) == (True, True)
    assert words in plain.text
    assert find_newest() is None


def find_newest() -> int | None:
    """The id of the newest run."""
    return db.session.execute(text("select max(id) from operation_runs")).scalar_one_or_none()


def test_more_than_the_bound_is_refused(
    visitor: ConsoleClient, contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_admin.intune.inputs.MOST_POLICIES", 3)
    monkeypatch.setattr(chosen, "MOST_POLICIES", 3)
    make_policies(contoso, 4)

    response = visitor.post(f"/tenants/{contoso.id}/policies/ignore", data={"all_matching": "yes"}, headers=JSON)

    assert response.status_code == 422
    assert "At most 3" in response.text


def test_an_export_of_nothing_is_refused_and_makes_no_run(visitor: ConsoleClient, contoso: Tenant) -> None:
    unread = make_never_read(contoso, "Unread")

    response = visitor.post(f"/tenants/{contoso.id}/policies/export", data={"policy_ids": [unread]}, headers=JSON)

    assert (response.status_code, find_newest()) == (422, None)
    assert "has content yet" in response.text


def test_without_scripts_the_answer_comes_back_to_the_filtered_list(visitor: ConsoleClient, contoso: Tenant) -> None:
    form = {"policy_ids": [make_policy(contoso)], "q": "policy", "type": "intents"}

    response = visitor.post(f"/tenants/{contoso.id}/policies/ignore", data=form)

    assert (response.status_code, response.location) == (
        303,
        f"/tenants/{contoso.id}/policies?q=policy&type=intents",
    )


def test_the_second_press_finds_the_first_run(visitor: ConsoleClient, contoso: Tenant) -> None:
    form = {"policy_ids": [make_policy(contoso)]}
    run = started(visitor, contoso, "ignore", **form)

    again = visitor.post(f"/tenants/{contoso.id}/policies/ignore", data=form, headers={"HX-Request": "true"})

    assert ("Already queued" in again.text, f"/operations/{run.id}" in again.text) == (True, True)


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.READONLY, set()),
        (Role.OPERATOR, {"sync", "assignments", "backup", "export", "ignore", "unignore"}),
        (Role.MANAGER, {"sync", "assignments", "backup", "export", "ignore", "unignore", "delete/choose"}),
    ],
)
def test_a_role_sees_the_buttons_that_it_may_press(
    client: ConsoleClient, contoso: Tenant, role: Role, buttons: set[str]
) -> None:
    make_policy(contoso)
    page = sign_in(client, make_member(contoso, role)).get(f"/tenants/{contoso.id}/policies").text

    assert set(re.findall(r'formaction="/tenants/\d+/policies/([a-z/]+)"', page)) == buttons
    assert ('name="policy_ids"' in page) == bool(buttons)


def test_a_reader_cannot_start_what_the_page_does_not_offer(client: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso)
    sign_in(client, make_member(contoso, Role.READONLY))

    for action in [*BULK, "delete", "delete/choose"]:
        response = client.post(f"/tenants/{contoso.id}/policies/{action}", data={"policy_ids": [policy_id]})
        assert response.status_code == 403, action


# Deleting


def deletion(client: ConsoleClient, tenant: Tenant, ids: list[int]) -> str:
    """The confirmation page, reached from the list."""
    response = client.post(f"/tenants/{tenant.id}/policies/delete/choose", data={"policy_ids": ids})
    assert response.status_code == 303
    return str(response.location)


def test_deleting_asks_for_the_number_of_policies_and_then_starts_a_run(
    visitor: ConsoleClient, contoso: Tenant
) -> None:
    ids = [make_policy(contoso, f"Policy {number}") for number in range(3)]
    address = deletion(visitor, contoso, ids)
    page = visitor.get(address).text
    assert all(f"Policy {number}" in page for number in range(3))
    key = address.rpartition("=")[2]

    wrong = visitor.post(f"/tenants/{contoso.id}/policies/delete", data={"selection": key, "confirmation": "30"})
    assert (wrong.status_code, 'value="30"' in wrong.text, find_newest()) == (422, True, None)

    right = visitor.post(f"/tenants/{contoso.id}/policies/delete", data={"selection": key, "confirmation": " 3 "})
    assert right.status_code == 303
    execute(find_newest() or 0)
    db.session.rollback()
    assert states_of(contoso) == {}


def test_deleting_one_asks_for_its_name(visitor: ConsoleClient, contoso: Tenant) -> None:
    key = deletion(visitor, contoso, [make_policy(contoso, "Its  own name")]).rpartition("=")[2]
    form = {"selection": key, "confirmation": "1"}
    assert visitor.post(f"/tenants/{contoso.id}/policies/delete", data=form).status_code == 422

    form = {"selection": key, "confirmation": "Its own name"}
    assert visitor.post(f"/tenants/{contoso.id}/policies/delete", data=form).status_code == 303


def test_htmx_requests_are_redirected_to_the_confirmation_page(visitor: ConsoleClient, contoso: Tenant) -> None:
    response = visitor.post(
        f"/tenants/{contoso.id}/policies/delete/choose",
        data={"policy_ids": [make_policy(contoso)]},
        headers={"HX-Request": "true"},
    )

    assert response.headers["HX-Redirect"].startswith(f"/tenants/{contoso.id}/policies/delete?selection=")


def test_a_selection_of_another_tenant_is_not_found(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policy(contoso)
    key = keep_selection([make_policy(make_tenant())])

    for selection in (key, "0" * 64):
        address = f"/tenants/{contoso.id}/policies/delete?selection={selection}"
        assert visitor.get(address).status_code == 404


# The list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("assigned=never", ["Never"]),
        ("assigned=none", ["Nobody"]),
        ("assigned=some", ["Everyone", "Pilots"]),
        ("group=pilot", ["Pilots"]),
        ("group=PILOTS+west", ["Pilots"]),
        ("group=pilot&assigned=none", []),
    ],
)
def test_the_assignment_filters_find_what_they_say(
    visitor: ConsoleClient, contoso: Tenant, query: str, found: list[str]
) -> None:
    make_assigned_world(contoso)

    page = visitor.get(f"/tenants/{contoso.id}/policies?{query}").text

    assert re.findall(r'class="policy-name"[^>]*>([^<]*)<', page) == found


def test_a_group_that_nobody_knows_is_said_beside_the_field(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policy(contoso)

    response = visitor.get(f"/tenants/{contoso.id}/policies?group=nowhere")

    assert (response.status_code, "No cached group has this name" in response.text) == (422, True)
    assert 'value="nowhere"' in response.text


def make_assigned_world(tenant: Tenant) -> None:
    record_groups(tenant.id, {"g-1": "Pilots West", "g-10": "Staff"}, utcnow())
    everyone = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
    pilots = {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g-1"}}
    others = {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g-10"}}
    make_policy(tenant, "Never to be fetched", "roleDefinitions")
    known: dict[str, list[Any] | None] = {
        "Never": None,
        "Nobody": [],
        "Everyone": [everyone, others],
        "Pilots": [pilots],
    }
    for name, assignments in known.items():
        policy_id = make_policy(tenant, name, state=PolicyState.ACTIVE)
        with transaction() as session:
            statement = update(DbPolicyVersion).where(DbPolicyVersion.policy_id == policy_id)
            session.execute(statement.values(assignments=assignments))


@pytest.mark.parametrize(
    "body", [None, [], "text", 7, {"policy_ids": {}}, {"selection": 7}, {"all_matching": "x", "q": 9}]
)
def test_invalid_json_is_refused_everywhere(visitor: ConsoleClient, contoso: Tenant, body: Any) -> None:
    policy_id = make_policy(contoso, "Not named nine")
    place = f"/tenants/{contoso.id}/policies"
    actions = [*BULK, "delete/choose", "delete", f"{policy_id}/versions/archive", f"{policy_id}/versions/delete"]
    actions += [f"{policy_id}/versions/delete/choose", f"{policy_id}/versions/1/delete"]
    for action in actions:
        response = visitor.post(f"{place}/{action}", json=body, headers=JSON)
        expected = {404, 422} if not isinstance(body, dict) or "q" not in body else {202, 200, 303, 404, 422}
        assert response.status_code in expected, (action, response.status)
