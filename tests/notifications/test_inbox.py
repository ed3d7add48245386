"""The inbox and the bell: each user's own, and only those (R28, R37)."""

import pytest
from flask import Flask

from ops_admin.access.queries import User
from ops_admin.notifications import queries
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: pages do not depend on the engine, and paging is tested on both in test_inbox_pages."""
    return sqlite_url


@pytest.fixture
def user(app: Flask, client: ConsoleClient) -> User:
    """A signed-in user with two notifications."""
    with app.app_context():
        user = make_member(make_tenant())
        make_completed_run(user=user)
        make_completed_run(user=user)
    client.sign_in(user.email)
    return user


def ids_of(app: Flask, user: User) -> list[int]:
    with app.app_context():
        return [notification.id for notification in queries.inbox(user.id).rows]


def unread_of(app: Flask, user: User) -> int:
    with app.app_context():
        return queries.unread_count(user.id)


def test_the_inbox_lists_the_newest_first_with_the_way_to_the_run(client: ConsoleClient, user: User) -> None:
    text = client.get("/notifications").text
    assert text.index('href="/operations/2"') < text.index('href="/operations/1"')


def test_the_inbox_says_of_which_tenant_it_speaks(app: Flask, client: ConsoleClient) -> None:
    with app.app_context():
        tenant = make_tenant(name="Fabrikam")
        user = make_member(tenant)
        make_completed_run(tenant, user)
    client.sign_in(user.email)
    inbox = client.get("/notifications").text.partition('id="inbox"')[2]
    assert "Fabrikam" in inbox.partition("</ul>")[0]


def test_the_bell_shows_how_many_are_unread(client: ConsoleClient, user: User) -> None:
    assert 'data-unread="2"' in client.get("/notifications/bell").text


def test_one_is_marked_read(app: Flask, client: ConsoleClient, user: User) -> None:
    newest, _ = ids_of(app, user)
    assert client.post(f"/notifications/{newest}/read").location == "/notifications"
    assert unread_of(app, user) == 1


def test_marking_again_changes_nothing(app: Flask, client: ConsoleClient, user: User) -> None:
    newest, _ = ids_of(app, user)
    first = read_at(app, client, user, newest)
    assert read_at(app, client, user, newest) == first


def read_at(app: Flask, client: ConsoleClient, user: User, notification_id: int) -> object:
    client.post(f"/notifications/{notification_id}/read")
    with app.app_context():
        notification = queries.find_own(user.id, notification_id)
    assert notification
    assert notification.read_at
    return notification.read_at


def test_all_are_marked_read(app: Flask, client: ConsoleClient, user: User) -> None:
    answer = client.post("/notifications/read-all", headers={"Accept": "application/json"})
    assert answer.json == {"unread": 0}
    assert unread_of(app, user) == 0


def test_those_of_others_do_not_exist(app: Flask, client: ConsoleClient, user: User) -> None:
    with app.app_context():
        other = make_member(make_tenant())
        make_completed_run(user=other)
    (foreign,) = ids_of(app, other)
    assert client.post(f"/notifications/{foreign}/read").status_code == 404
    client.post("/notifications/read-all")
    assert unread_of(app, other) == 1
    assert 'href="/operations/3"' not in client.get("/notifications").text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/notifications", "/notifications/bell", "/notifications/1/read"])
def test_nobody_gets_in_without_signing_in(client: ConsoleClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code in (302, 405)


@pytest.mark.parametrize(
    "cursor", ["cursor=x", "cursor=after~-1", "cursor=before~" + "9" * 40, "before=1&after=1", "cursor=after~²"]
)
def test_a_nonsense_place_to_page_from_is_no_error(client: ConsoleClient, user: User, cursor: str) -> None:
    assert client.get(f"/notifications?{cursor}").status_code == 200
