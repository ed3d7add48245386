"""Searching groups: only on request, only with the user's own token, which is kept nowhere else (R39, R47)."""

import base64
import json
import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.current import current_sign_in_key
from ops_admin.access.people.choices import write_choice
from ops_admin.access.people.queries import list_group_grants
from ops_admin.access.queries import Tenant, User
from ops_admin.auth.microsoft import storage
from ops_admin.auth.microsoft.links import read_link, write_link
from ops_admin.auth.microsoft.outbound.groups import search_clause
from ops_admin.auth.microsoft.store import Store, StoreUnavailable
from ops_admin.auth.sessions import sign_in
from tests.auth.visiting import HELP_DESK, Visitor
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator
from tests.support.factories import make_member, make_tenant

MORE = re.compile(r'name="more"\s+value="([^"]+)"')


def names_in(page: str) -> list[str]:
    return [name.strip() for name in re.findall(r'group-text">\s*<strong>([^<]*)</strong>', page)]


def searches_seen(simulator: Simulator) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = simulator.control("GET", "requests")["requests"]
    return [request for request in log if "/groups" in request["path"]]


def test_without_a_token_the_field_is_disabled_and_says_how_to_get_one(at_desk: Visitor, tenant: Tenant) -> None:
    page = at_desk.client.get(f"/tenants/{tenant.id}/access").text
    assert re.search(r'id="group-q"[^>]*\bdisabled\b', page)
    assert "Connect Microsoft" in page


def test_without_a_token_a_search_asks_nobody(at_desk: Visitor, tenant: Tenant, simulator: Simulator) -> None:
    answer = at_desk.search(tenant)
    assert answer.status_code == 422
    assert "Sign in with Microsoft to search" in answer.text
    assert searches_seen(simulator) == []


def test_showing_the_page_asks_nobody_though_there_is_a_token(
    at_desk: Visitor, tenant: Tenant, simulator: Simulator
) -> None:
    at_desk.connect(tenant)
    simulator.control("DELETE", "requests")
    assert at_desk.status(f"/tenants/{tenant.id}/access") == 200
    assert simulator.control("GET", "requests")["count"] == 0


def test_a_search_finds_groups_with_ones_own_token(at_desk: Visitor, tenant: Tenant, simulator: Simulator) -> None:
    at_desk.connect(tenant)
    page = at_desk.search(tenant, "help").text
    assert names_in(page) == ["Intune - Help Desk"]
    assert [request["status"] for request in searches_seen(simulator)] == [200]


def test_a_group_is_found_by_its_id_too(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    assert names_in(at_desk.search(tenant, HELP_DESK.external_id).text) == ["Intune - Help Desk"]
    assert "No group of the tenant" in at_desk.search(tenant, "00000000-1111-4222-8333-444444444444").text


def test_input_stays_inside_the_quotes(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    assert names_in(at_desk.search(tenant, 'Kiosk "Front').text) == ["Kiosk &#34;Front Desk&#34; devices"]
    assert "No group of the tenant" in at_desk.search(tenant, 'zz" OR "displayName:Intune').text


def test_quotes_and_backslashes_are_escaped() -> None:
    assert search_clause(r'a"b\c') == r'"displayName:a\"b\\c"'


def test_too_little_is_not_searched_for(at_desk: Visitor, tenant: Tenant, simulator: Simulator) -> None:
    at_desk.connect(tenant)
    assert "at least two letters" in at_desk.search(tenant, "a").text
    assert searches_seen(simulator) == []


def test_the_next_page_comes_when_asked_for_and_repeats_nothing(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    first = at_desk.search(tenant, "Users").text
    link = MORE.search(first)
    assert link is not None
    second = at_desk.search(tenant, "Users", more=link[1]).text
    assert len(names_in(first)) == 20
    assert names_in(second)
    assert not set(names_in(first)) & set(names_in(second))


def test_a_link_that_is_not_ours_or_of_another_tenant_is_not_followed(
    at_desk: Visitor, tenant: Tenant, simulator: Simulator
) -> None:
    at_desk.connect(tenant)
    simulator.control("DELETE", "requests")
    for link in ("https://evil.example/groups", "W10.x.y"):
        assert "too old to go on" in at_desk.search(tenant, "Users", more=link).text
    assert searches_seen(simulator) == []


def test_a_link_is_good_for_the_tenant_alone_in_which_it_was_found(app_context: Flask) -> None:
    text = write_link(7, "https://graph.example/groups?page=2")
    assert (read_link(7, text), read_link(8, text)) == ("https://graph.example/groups?page=2", None)


def test_typing_searches_only_after_the_first_search_was_sent(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    assert "delay:500ms" not in at_desk.client.get(f"/tenants/{tenant.id}/access").text
    assert "delay:500ms" in at_desk.search(tenant, "Intune").text
    assert "delay:500ms" not in at_desk.search(tenant, "Intune", live="1").text


def test_without_scripts_the_answer_is_the_whole_page(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    page = at_desk.client.post(f"/tenants/{tenant.id}/access/groups/search", data={"q": "help"}).text
    assert "<main" in page
    assert names_in(page) == ["Intune - Help Desk"]


def test_a_found_group_can_be_granted_a_role_once(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    found = re.search(r'name="choice"\s+value="([^"]+)"', at_desk.search(tenant, "help").text)
    assert found is not None
    for _ in range(2):
        at_desk.client.post(f"/tenants/{tenant.id}/access/groups", data={"choice": found[1], "role": "manager"})
    grants = list_group_grants(tenant.id)
    assert [(grant.name, grant.external_id, grant.role) for grant in grants] == [
        (HELP_DESK.name, HELP_DESK.external_id, Role.MANAGER)
    ]
    assert "Grants a role already" in at_desk.search(tenant, "help").text


@pytest.mark.parametrize("choice", ["", "made-up", "WzEsIngiXQ.x.y"])
def test_a_group_that_no_search_found_is_refused(at_desk: Visitor, tenant: Tenant, choice: str) -> None:
    at_desk.client.post(f"/tenants/{tenant.id}/access/groups", data={"choice": choice, "role": "owner"})
    assert list_group_grants(tenant.id) == []


def test_a_group_found_in_another_tenant_is_refused(at_desk: Visitor, tenant: Tenant, app: Flask) -> None:
    choice = write_choice(make_tenant().id, HELP_DESK)
    at_desk.client.post(f"/tenants/{tenant.id}/access/groups", data={"choice": choice, "role": "owner"})
    assert list_group_grants(tenant.id) == []


def test_a_token_that_is_about_to_end_is_refreshed(at_desk: Visitor, tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("PUT", "settings", token_lifetime=10)
    at_desk.connect(tenant)
    simulator.control("PUT", "settings", token_lifetime=3599)
    assert names_in(at_desk.search(tenant, "help").text)
    simulator.control("POST", "revoke")
    assert names_in(at_desk.search(tenant, "help").text), "the refreshed token was not kept"


def test_a_sign_in_that_was_revoked_is_said_and_can_be_repeated(
    at_desk: Visitor, tenant: Tenant, simulator: Simulator
) -> None:
    at_desk.connect(tenant)
    simulator.control("POST", "revoke")
    simulator.control("POST", "faults", effect="reject_token", path="/groups")
    answer = at_desk.search(tenant, "help")
    assert "has ended" in answer.text
    assert f"/tenants/{tenant.id}/access/microsoft/connect" in answer.text
    simulator.control("DELETE", "faults")
    at_desk.connect(tenant)
    assert names_in(at_desk.search(tenant, "help").text)


def test_a_token_that_was_refused_and_cannot_be_forgotten_is_still_said(
    at_desk: Visitor, tenant: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable

    at_desk.connect(tenant)
    simulator.control("POST", "revoke")
    simulator.control("POST", "faults", effect="reject_token", path="/groups")
    monkeypatch.setattr(Store, "forget", away)
    answer = at_desk.search(tenant, "help")
    assert (answer.status_code, "has ended" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("status", "words"), [(403, "may not read"), (429, "slow down"), (503, "could not be reached")]
)
def test_what_graph_refuses_is_said_in_our_words(
    at_desk: Visitor, tenant: Tenant, simulator: Simulator, status: int, words: str
) -> None:
    at_desk.connect(tenant)
    options = {"status": status, "message": "secret words of Graph"}
    simulator.control("POST", "faults", effect="status", path="/groups", options=options)
    answer = at_desk.search(tenant, "help")
    assert words in answer.text
    assert "secret words" not in answer.text


def test_an_account_of_another_directory_connects_nothing(app: Flask, app_context: Flask) -> None:
    fabrikam = make_tenant(external_id=FABRIKAM)
    user = make_member(fabrikam, Role.OWNER)
    visitor = Visitor(app)
    visitor.client.sign_in(user.email)
    address = visitor.begin(f"/tenants/{fabrikam.id}/access/microsoft/connect").replace(FABRIKAM, CONTOSO)
    visitor.come_back(visitor.consent(address))
    assert "Choose one of this tenant" in visitor.client.get(f"/tenants/{fabrikam.id}/access").text
    assert visitor.search(fabrikam).status_code == 422


def test_whoever_comes_back_must_be_the_one_who_began(at_desk: Visitor, tenant: Tenant, owner: User) -> None:
    answer = at_desk.consent(at_desk.begin(f"/tenants/{tenant.id}/access/microsoft/connect"))
    with at_desk.client.session_transaction() as session:
        ticket = session["microsoft_ticket"]
    at_desk.client.post("/logout")
    at_desk.client.sign_in(owner.email)
    with at_desk.client.session_transaction() as session:
        session["microsoft_ticket"] = ticket
    at_desk.come_back(answer)
    assert at_desk.search(tenant).status_code == 422


def test_another_owner_cannot_use_the_token(at_desk: Visitor, tenant: Tenant, app: Flask) -> None:
    at_desk.connect(tenant)
    other = Visitor(app)
    other.client.sign_in(make_member(tenant, Role.OWNER).email)
    with at_desk.client.session_transaction() as mine, other.client.session_transaction() as theirs:
        theirs["microsoft"] = mine["microsoft"]
    assert other.search(tenant).status_code == 422


def test_another_sign_in_of_the_same_user_cannot_use_the_token(at_desk: Visitor, tenant: Tenant, owner: User) -> None:
    at_desk.connect(tenant)
    second = Visitor(at_desk.app)
    second.client.sign_in(owner.email)
    assert second.search(tenant).status_code == 422


def test_the_token_is_gone_after_signing_out(at_desk: Visitor, tenant: Tenant, tmp_path: Path) -> None:
    at_desk.connect(tenant)
    assert kept_files(tmp_path)
    at_desk.client.post("/logout")
    assert not kept_files(tmp_path)


def test_the_token_is_gone_when_it_is_to_be_forgotten(at_desk: Visitor, tenant: Tenant, tmp_path: Path) -> None:
    at_desk.connect(tenant)
    at_desk.client.post(f"/tenants/{tenant.id}/access/microsoft/disconnect")
    assert not kept_files(tmp_path)
    assert at_desk.search(tenant).status_code == 422


def test_the_token_is_over_after_its_lifetime(
    at_desk: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "TOKEN_LIFETIME", storage.TOKEN_LIFETIME * -1)
    at_desk.connect(tenant)
    assert at_desk.search(tenant).status_code == 422


def test_the_file_is_for_the_server_alone(at_desk: Visitor, tenant: Tenant, tmp_path: Path) -> None:
    at_desk.connect(tenant)
    assert (tmp_path / "delegated").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o777 for path in kept_files(tmp_path)} == {0o600}


def test_no_token_is_in_database_files_log_or_page(
    at_desk: Visitor, tenant: Tenant, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    kept: list[str] = []
    keep = storage.keep_token

    def note_and_keep(tenant_id: int, cache: str) -> datetime:
        kept.append(cache)
        return keep(tenant_id, cache)

    monkeypatch.setattr(storage, "keep_token", note_and_keep)
    at_desk.connect(tenant)
    pages = [at_desk.search(tenant, "help").text, at_desk.client.get(f"/tenants/{tenant.id}/access").text]
    secrets = secrets_of(kept[0])
    assert len(secrets) == 3
    places = [caplog.text, *pages, str(session_of(at_desk)), *(text_of(path) for path in tmp_path.rglob("*"))]
    assert not [secret[:20] for secret in secrets for place in places if secret in place]


def secrets_of(cache: str) -> list[str]:
    parts: dict[str, dict[str, dict[str, str]]] = json.loads(cache)
    return [row["secret"] for kind in ("AccessToken", "RefreshToken", "IdToken") for row in parts[kind].values()]


def session_of(visitor: Visitor) -> dict[str, Any]:
    with visitor.client.session_transaction() as session:
        return dict(session)


def text_of(path: Path) -> str:
    raw = path.read_bytes() if path.is_file() else b""
    return raw.decode("latin-1") + base64.b64encode(raw).decode()


def kept_files(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "delegated").iterdir() if path.is_file()]


def test_the_key_of_one_sign_in_is_not_that_of_another(app: Flask, owner: User) -> None:
    keys = set()
    for _ in range(2):
        with app.test_request_context():
            sign_in(owner)
            keys.add(current_sign_in_key("delegated tokens"))
    assert len(keys) == 2
