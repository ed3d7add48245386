"""Actions on one policy or version without a run, and on several versions with a run (R17, R41)."""

import logging
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.intune.policies import comparing
from ops_admin.intune.policies.models import DbPolicyVersion
from ops_admin.intune.policies.selections import keep_selection
from ops_admin.runs.worker.execution import execute
from tests.intune.making import add_version, make_policy
from tests.intune.policies.bulk import states_of, version_ids_of
from tests.intune.policies.test_bulk_pages import find_newest
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, sign_in

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


@pytest.fixture
def policy_id(contoso: Tenant) -> int:
    """A policy with three versions."""
    policy_id = make_policy(contoso, "Encrypt", content={"displayName": "Encrypt", "bits": 128})
    add_version(contoso, policy_id, {"displayName": "Encrypt", "bits": 192})
    add_version(contoso, policy_id, {"displayName": "Encrypt", "bits": 256})
    return policy_id


def versions_of(policy_id: int) -> dict[int, bool]:
    """Whether each version is archived, by number."""
    query = select(DbPolicyVersion.number, DbPolicyVersion.archived_at).where(DbPolicyVersion.policy_id == policy_id)
    return {row.number: row.archived_at is not None for row in db.session.execute(query)}


def test_ignoring_one_is_done_at_once_without_a_run_and_logged(
    visitor: ConsoleClient, contoso: Tenant, policy_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}"
    with caplog.at_level(logging.INFO, "ops_admin"):
        response = visitor.post(f"{address}/ignore")

    assert (response.status_code, response.location) == (303, address)
    assert (states_of(contoso), find_newest()) == ({"Encrypt": "ignored"}, None)
    assert f"ignored policy {policy_id} of tenant {contoso.id}" in caplog.text
    assert "Stop ignoring" in visitor.get(address).text

    assert visitor.post(f"{address}/unignore", headers=JSON).get_json()["policy_id"] == policy_id
    assert states_of(contoso) == {"Encrypt": "active"}


def test_one_version_is_archived_hidden_and_brought_back(
    visitor: ConsoleClient, contoso: Tenant, policy_id: int
) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}"
    visitor.post(f"{address}/versions/2/archive")

    assert versions_of(policy_id) == {1: False, 2: True, 3: False}
    assert f'{address}?version=2"' not in visitor.get(address).text
    assert f'{address}?version=2"' in visitor.get(f"{address}?archived=yes").text
    assert "Restore from the archive" in visitor.get(f"{address}?version=2").text

    visitor.post(f"{address}/versions/2/restore")
    assert versions_of(policy_id) == {1: False, 2: False, 3: False}
    assert find_newest() is None


def test_deleting_one_version_asks_for_its_number(visitor: ConsoleClient, contoso: Tenant, policy_id: int) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}/versions/1/delete"
    assert "To confirm, type the number" in visitor.get(address).text

    wrong = visitor.post(address, data={"confirmation": "11"})
    assert (wrong.status_code, 'value="11"' in wrong.text, len(versions_of(policy_id))) == (422, True, 3)

    assert visitor.post(address, data={"confirmation": "1"}).status_code == 303
    assert (versions_of(policy_id), find_newest()) == ({2: False, 3: False}, None)


def test_the_newest_version_stays_whatever_is_sent(visitor: ConsoleClient, contoso: Tenant, policy_id: int) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}/versions/3"
    assert "The newest version stays" in visitor.get(f"{address}/delete").text

    answers = [
        visitor.post(f"{address}/delete", data={"confirmation": "3"}, headers=JSON),
        visitor.post(f"{address}/archive", headers=JSON),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert versions_of(policy_id) == {1: False, 2: False, 3: False}


@pytest.mark.parametrize(("action", "archived"), [("archive", True), ("restore", False)])
def test_several_versions_are_changed_by_a_run(
    visitor: ConsoleClient, contoso: Tenant, policy_id: int, action: str, archived: bool
) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}/versions/{action}"
    response = visitor.post(address, data={"version_ids": version_ids_of(policy_id)[:2]}, headers=JSON)

    assert response.status_code == 202
    execute(response.get_json()["run_id"])
    db.session.rollback()
    assert versions_of(policy_id) == {1: archived, 2: archived, 3: False}


def test_deleting_several_versions_asks_for_their_number(
    visitor: ConsoleClient, contoso: Tenant, policy_id: int
) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}/versions/delete"
    chosen = visitor.post(f"{address}/choose", data={"version_ids": version_ids_of(policy_id)[:2]}).location
    assert "Delete 2 versions permanently" in visitor.get(chosen).text
    key = chosen.rpartition("=")[2]

    assert visitor.post(address, data={"selection": key, "confirmation": "3"}).status_code == 422
    assert visitor.post(address, data={"selection": key, "confirmation": "2"}).status_code == 303
    execute(find_newest() or 0)
    db.session.rollback()
    assert versions_of(policy_id) == {3: False}


def test_a_selection_of_another_policy_deletes_nothing(visitor: ConsoleClient, contoso: Tenant, policy_id: int) -> None:
    other = make_policy(contoso)
    key = keep_selection(version_ids_of(other))

    address = f"/tenants/{contoso.id}/policies/{policy_id}/versions/delete"
    assert visitor.post(address, data={"selection": key, "confirmation": "1"}).status_code == 404
    assert visitor.post(f"{address}/choose", headers=JSON).status_code == 422


@pytest.mark.parametrize("role", [Role.READONLY, Role.OPERATOR])
def test_who_may_not_delete_is_offered_nothing_to_delete(
    client: ConsoleClient, contoso: Tenant, policy_id: int, role: Role
) -> None:
    page = sign_in(client, make_member(contoso, role)).get(f"/tenants/{contoso.id}/policies/{policy_id}?version=1").text

    assert "Delete" not in page
    assert ("Archive" in page) == (role is Role.OPERATOR)
    assert ("Ignore" in page) == (role is Role.OPERATOR)


def test_what_changed_is_told_by_setting(visitor: ConsoleClient, contoso: Tenant, policy_id: int) -> None:
    address = f"/tenants/{contoso.id}/policies/{policy_id}/compare"

    newest = visitor.get(address).text
    assert [part in newest for part in ("From version 2 to version 3", "Bits", ">192<", ">256<")] == [True] * 4
    assert ">128<" in visitor.get(f"{address}?from=1&to=3").text
    assert "These are the same version" in visitor.get(f"{address}?from=2&to=2").text
    assert [visitor.get(f"{address}?{bad}").status_code for bad in ("from=9", "to=x", "to=" + "9" * 30)] == [404] * 3


def test_the_first_version_has_nothing_to_compare_with(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso)

    assert "These are the same version" in visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/compare").text


def test_versions_that_differ_in_nothing_readable_say_so(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, content={"displayName": "One", "empty": None})
    add_version(contoso, policy_id, {"displayName": "One"})

    assert "No setting differs" in visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/compare").text


def test_versions_too_large_to_compare_are_offered_for_download(
    visitor: ConsoleClient, contoso: Tenant, policy_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_BYTES_COMPARED", 5)

    page = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/compare").text

    assert "Too large to be compared here" in page
    assert all(f"/versions/{number}.json" in page for number in (2, 3))


def test_a_large_difference_is_bounded_and_says_so(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, content={f"setting{number}": number for number in range(2000)})
    add_version(contoso, policy_id, {f"setting{number}": -number for number in range(1, 2001)})

    page = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/compare").text

    assert page.count('class="diff-label"') == 300
    assert "Only the first 300 of 2,001 changes" in page
