"""Who may listen, and to what (R25)."""

import pytest
from flask import Flask
from socketio.exceptions import ConnectionError as Refused

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from tests.support.factories import make_completed_run, make_member, make_run, make_tenant, make_user
from tests.support.sockets import EVENTS, Listener, Sockets


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough, because nothing here depends on it."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """All tests here write."""


def test_a_socket_without_a_sign_in_is_refused(sockets: Sockets) -> None:
    with pytest.raises(Refused):
        sockets.open_with(None)


def test_a_socket_with_a_made_up_cookie_is_refused(sockets: Sockets) -> None:
    with pytest.raises(Refused):
        sockets.open_with("eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")


def test_a_copy_of_the_cookie_is_refused_after_the_sign_out(sockets: Sockets) -> None:
    browser = sockets.browser(make_user())
    cookie = browser.cookie
    browser.post("/logout")
    with pytest.raises(Refused):
        sockets.open_with(cookie)


def test_a_page_of_another_origin_is_refused(sockets: Sockets) -> None:
    with pytest.raises(Refused):
        sockets.open(make_user(), origin="https://elsewhere.example")


def test_a_page_of_our_own_origin_is_accepted(sockets: Sockets) -> None:
    assert sockets.open(make_user(), origin=sockets.url).client.connected


def test_polling_is_refused_because_only_a_websocket_stays_with_its_process(sockets: Sockets) -> None:
    listener = Listener(sockets.url, sockets.browser(make_user()).cookie)
    with pytest.raises(Refused):
        listener.connect(transports=("polling",))


def test_another_namespace_is_refused(sockets: Sockets) -> None:
    listener = Listener(sockets.url, sockets.browser(make_user()).cookie)
    with pytest.raises(Refused):
        listener.connect(namespaces=["/admin"])


@pytest.mark.parametrize("role", list(Role))
def test_every_role_hears_of_the_runs_of_its_tenant(sockets: Sockets, role: Role) -> None:
    tenant = make_tenant()
    user = make_member(tenant, role)
    listener = sockets.open(user)
    run = make_completed_run(tenant, user)
    assert listener.wait_for("run-completed", run.id)["tenant_id"] == tenant.id
    assert sorted(listener.names()) == sorted(EVENTS)


def make_strangers(tenant: Tenant) -> dict[str, User]:
    """Return users who can sign in and have no right to see the runs of `tenant`."""
    return {
        "outsider": make_member(make_tenant(), Role.OWNER),
        "nobody's": make_user(),
        "member without a role on the tenant": make_member(tenant, None),
    }


def test_nobody_else_hears_any_event_of_a_tenants_runs(sockets: Sockets) -> None:
    tenant = make_tenant()
    strangers = {name: sockets.open(user) for name, user in make_strangers(tenant).items()}
    user = make_member(tenant, Role.READONLY)
    witness = sockets.open(user)
    run = make_completed_run(tenant, user)
    witness.wait_for("run-completed", run.id)
    assert [name for name, listener in strangers.items() if listener.heard] == []


def test_a_run_without_a_tenant_is_heard_in_its_workspace_only(sockets: Sockets) -> None:
    tenant = make_tenant()
    member, outsider = sockets.open(make_member(tenant, Role.READONLY)), sockets.open(make_member(make_tenant()))
    run = make_run(workspace_id=tenant.workspace_id)
    assert member.wait_for("run-enqueued", run.id)["tenant_id"] is None
    assert not outsider.heard


def test_a_client_that_asks_for_a_room_is_disconnected(sockets: Sockets) -> None:
    tenant = make_tenant()
    intruder, witness = sockets.open(make_user()), sockets.open(make_member(tenant))
    intruder.client.emit("join", {"room": f"tenant:{tenant.id}"})
    intruder.wait_for_end()
    witness.wait_for("run-enqueued", make_run(tenant).id)
    assert not intruder.heard


@pytest.mark.parametrize("event", ["join", "message", "run-completed", "connect", "disconnect", "*"])
def test_no_event_of_a_client_is_passed_on(sockets: Sockets, event: str) -> None:
    tenant = make_tenant()
    speaker, witness = sockets.open(make_member(tenant)), sockets.open(make_member(tenant))
    speaker.client.emit(event, {"run_id": 1})
    run = make_run(tenant)
    witness.wait_for("run-enqueued", run.id)
    assert witness.names() == ["run-enqueued"]
