"""Starts syncs from a form, with htmx and with JSON (R10, R13, R14, R16, R36)."""

import re
from typing import Any

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.queries import get_run
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, make_user, sign_in

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
SURFACES = [("inventory/sync", "Inventory sync"), ("directory/sync", "Directory sync")]


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: starting an operation must not need it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def contoso(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def operator(client: ConsoleClient, contoso: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(contoso))


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_a_plain_form_leads_back_with_a_toast(operator: ConsoleClient, contoso: Tenant, path: str, label: str) -> None:
    answer = operator.post(f"/tenants/{contoso.id}/{path}")
    assert answer.status_code == 303

    page = operator.get(answer.location).text
    assert (label in page, "Queued" in page, "View run" in page) == (True, True, True)


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_in_place_the_answer_is_the_toast_alone(
    operator: ConsoleClient, contoso: Tenant, path: str, label: str
) -> None:
    answer = operator.post(f"/tenants/{contoso.id}/{path}", headers=HTMX)

    assert answer.status_code == 200
    assert (label in answer.text, "<html" in answer.text) == (True, False)


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_json_says_whether_the_run_is_new(operator: ConsoleClient, contoso: Tenant, path: str, label: str) -> None:
    first = operator.post(f"/tenants/{contoso.id}/{path}", headers=JSON)
    second = operator.post(f"/tenants/{contoso.id}/{path}", headers=JSON)

    run_id = first.get_json()["run_id"]
    expected = {"run_id": run_id, "created": True, "status": "queued", "url": f"/operations/{run_id}"}
    assert (first.status_code, first.get_json()) == (202, expected)
    assert (second.status_code, second.get_json()) == (200, {**expected, "created": False})


def test_a_second_start_says_already_queued(operator: ConsoleClient, contoso: Tenant) -> None:
    operator.post(f"/tenants/{contoso.id}/inventory/sync", headers=HTMX)

    assert "Already queued" in operator.post(f"/tenants/{contoso.id}/inventory/sync", headers=HTMX).text


def start(client: ConsoleClient, tenant: Tenant, **request: Any) -> Any:
    return client.post(f"/tenants/{tenant.id}/inventory/sync", headers=JSON, **request)


def test_the_types_that_were_chosen_are_the_inputs(operator: ConsoleClient, contoso: Tenant) -> None:
    answer = start(operator, contoso, data={"types": ["mobileApps", "intents", "mobileApps"]})

    assert get_run(answer.get_json()["run_id"]).inputs == {"types": ["intents", "mobileApps"]}


def test_json_inputs_are_the_same_as_those_of_a_form(operator: ConsoleClient, contoso: Tenant) -> None:
    by_form = start(operator, contoso, data={"types": ["intents"]})
    by_json = start(operator, contoso, json={"types": ["intents"]})

    assert by_json.get_json() == {**by_form.get_json(), "created": False}


def test_choosing_all_types_is_the_same_run_as_choosing_none(operator: ConsoleClient, contoso: Tenant) -> None:
    run_id = start(operator, contoso).get_json()["run_id"]

    assert start(operator, contoso, json={"types": list(POLICY_TYPES)}).get_json()["run_id"] == run_id


@pytest.mark.parametrize(
    "body",
    [{"types": ["nonsense"]}, {"types": []}, {"types": "intents"}, {"types": 7}, {"other": 1}, ["intents", 7], 5],
)
def test_json_that_cannot_be_used_is_refused_by_field(operator: ConsoleClient, contoso: Tenant, body: Any) -> None:
    answer = start(operator, contoso, json=body)

    assert answer.status_code == 422
    assert all(answer.get_json()["errors"].values())


@pytest.mark.parametrize("path", ["inventory/sync", "directory/sync"])
def test_a_body_that_is_not_json_is_a_bad_request(operator: ConsoleClient, contoso: Tenant, path: str) -> None:
    answer = operator.post(
        f"/tenants/{contoso.id}/{path}", data="{", headers={**JSON, "Content-Type": "application/json"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [{"types": []}, ["x"], 5])
def test_a_directory_sync_takes_no_inputs(operator: ConsoleClient, contoso: Tenant, body: Any) -> None:
    answer = operator.post(f"/tenants/{contoso.id}/directory/sync", json=body, headers=JSON)

    assert (answer.status_code, bool(answer.get_json()["errors"])) == (422, True)


def test_a_wrong_type_is_said_beside_the_field_and_the_choice_is_kept(operator: ConsoleClient, contoso: Tenant) -> None:
    answer = operator.post(f"/tenants/{contoso.id}/inventory/sync", data={"types": ["mobileApps", "<nonsense>"]})

    assert answer.status_code == 422
    assert "There is no policy type “&lt;nonsense&gt;”." in answer.text
    assert checked(answer.text) == {"mobileApps"}


def test_choosing_nothing_is_not_choosing_everything(operator: ConsoleClient, contoso: Tenant) -> None:
    answer = operator.post(f"/tenants/{contoso.id}/inventory/sync", data={"choosing": "yes"})

    assert answer.status_code == 422
    assert "Choose at least one policy type." in answer.text
    assert checked(answer.text) == set()


def checked(page: str) -> set[str]:
    boxes = re.findall(r"<input[^>]*name=\"types\"[^>]*>", page)
    return {re.findall(r"value=\"(\w+)\"", box)[0] for box in boxes if re.search(r"\bchecked\b", box)}


def test_the_page_for_choosing_offers_every_type(operator: ConsoleClient, contoso: Tenant) -> None:
    assert checked(operator.get(f"/tenants/{contoso.id}/inventory/sync").text) == set(POLICY_TYPES)


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_who_may_only_look_is_refused_and_sees_no_button(
    client: ConsoleClient, contoso: Tenant, path: str, label: str
) -> None:
    sign_in(client, make_member(contoso, Role.READONLY))

    assert client.post(f"/tenants/{contoso.id}/{path}").status_code == 403
    for page in ("", "/policies", "/groups"):
        assert path not in client.get(f"/tenants/{contoso.id}{page}").text


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_for_an_outsider_there_is_nothing(client: ConsoleClient, contoso: Tenant, path: str, label: str) -> None:
    sign_in(client, make_user())

    assert client.post(f"/tenants/{contoso.id}/{path}").status_code == 404


@pytest.mark.parametrize(("path", "label"), SURFACES)
def test_a_forged_form_starts_nothing(operator: ConsoleClient, contoso: Tenant, path: str, label: str) -> None:
    operator.sends_csrf = False

    assert operator.post(f"/tenants/{contoso.id}/{path}").status_code == 400
