"""A right that ends takes the socket with it, at once (R25)."""

import threading

import pytest
from flask import Flask
from socketio.exceptions import ConnectionError as Refused

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.current import current_sign_in
from ops_admin.access.queries import SignIn
from ops_admin.access.rights import Rights, rights_of
from ops_admin.auth import accounts
from ops_admin.auth.sessions import end_all_sign_ins
from tests.support.factories import make_member, make_run, make_tenant, make_user
from tests.support.sockets import Sockets


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """All tests here write."""


def test_signing_out_ends_every_tab_of_that_sign_in(sockets: Sockets) -> None:
    user = make_user()
    tab = sockets.browser(user)
    other_tab, other_browser = sockets.open_with(tab.cookie), sockets.open(user)
    tab.post("/logout")
    other_tab.wait_for_end()
    assert other_browser.client.connected


@pytest.mark.parametrize("loss", ["role", "membership", "account"])
def test_losing_rights_ends_the_socket_at_once(sockets: Sockets, loss: str) -> None:
    tenant = make_tenant()
    user = make_member(tenant, Role.MANAGER)
    listener, other = sockets.open(user), sockets.open(make_member(tenant))
    {
        "role": lambda: administration.revoke_role(user.id, tenant.id),
        "membership": lambda: administration.remove_member(user.id, tenant.workspace_id),
        "account": lambda: accounts.disable_user(user.id),
    }[loss]()
    listener.wait_for_end()
    other.wait_for("run-enqueued", make_run(tenant).id)
    assert not listener.heard


def test_a_socket_that_comes_back_hears_what_its_user_may_see_by_then(sockets: Sockets) -> None:
    lost, kept = make_tenant(), make_tenant()
    user = make_member(lost)
    administration.add_member(user.id, kept.workspace_id, Role.OPERATOR)
    administration.grant_role(user.id, kept.id, Role.OPERATOR)
    cookie = sockets.browser(user).cookie
    before = sockets.open_with(cookie)
    administration.revoke_role(user.id, lost.id)
    before.wait_for_end()
    after = sockets.open_with(cookie)
    make_run(lost)
    after.wait_for("run-enqueued", make_run(kept).id)
    assert [payload["tenant_id"] for _, payload in after.heard] == [kept.id]


def test_rights_lost_while_the_socket_connects_end_it_too(sockets: Sockets, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revocation could only be missed between reading the rights and joining the rooms."""
    tenant = make_tenant()
    user = make_member(tenant)

    def read_and_revoke(user_id: int) -> Rights:
        rights = rights_of(user_id)
        administration.revoke_role(user_id, tenant.id)
        return rights

    monkeypatch.setattr("ops_admin.realtime.sockets.rights_of", read_and_revoke)
    sockets.open(user).wait_for_end()


def test_a_sign_out_while_the_socket_connects_refuses_it(
    sockets: Sockets, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sign-in was found, and ends elsewhere before the socket joins the room that would be closed."""
    user = make_user()

    def look_and_end() -> SignIn | None:
        found = current_sign_in()
        elsewhere = threading.Thread(target=lambda: end_everywhere(app, user.id))
        elsewhere.start()
        elsewhere.join()
        return found

    monkeypatch.setattr("ops_admin.realtime.sockets.current_sign_in", look_and_end)
    with pytest.raises(Refused):
        sockets.open(user)


def end_everywhere(app: Flask, user_id: int) -> None:
    with app.app_context():
        end_all_sign_ins(user_id)
