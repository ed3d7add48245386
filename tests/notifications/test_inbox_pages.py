"""Paging through the inbox by keyset, on both engines."""

import pytest
from flask import Flask

from ops_admin.access.queries import User
from ops_admin.notifications import queries, reading
from ops_admin.web.keyset import Cursor, Page
from tests.support.factories import make_completed_run, make_member, make_tenant


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """Every test here reads and writes."""


@pytest.fixture
def user() -> User:
    """A user with five notifications, interleaved with another user's."""
    tenant = make_tenant()
    user, other = make_member(tenant), make_member(tenant)
    for _ in range(5):
        make_completed_run(tenant, user)
        make_completed_run(tenant, other)
    return user


def runs_on(page: Page[queries.Notification]) -> list[int]:
    return [notification.operation_run_id for notification in page.rows]


def test_pages_follow_each_other_without_gap_or_repetition(user: User) -> None:
    first = queries.inbox(user.id, size=2)
    second = queries.inbox(user.id, first.next, size=2)
    third = queries.inbox(user.id, second.next, size=2)
    assert [runs_on(page) for page in (first, second, third)] == [[9, 7], [5, 3], [1]]
    assert (first.previous, third.next) == (None, None)


def test_the_way_back_shows_the_same_pages(user: User) -> None:
    second = queries.inbox(user.id, queries.inbox(user.id, size=2).next, size=2)
    back = queries.inbox(user.id, second.previous, size=2)
    assert runs_on(back) == [9, 7]
    assert (back.previous, runs_on(queries.inbox(user.id, back.next, size=2))) == (None, runs_on(second))


def test_a_page_beyond_the_end_is_empty(user: User) -> None:
    oldest = queries.inbox(user.id).rows[-1]
    assert queries.inbox(user.id, Cursor(oldest.id)) == Page((), None, None)


def test_only_unread_ones_are_counted(user: User) -> None:
    reading.mark_read(user.id, queries.inbox(user.id).rows[0].id)
    assert queries.unread_count(user.id) == 4


def test_marking_all_read_leaves_those_of_others(user: User) -> None:
    reading.mark_all_read(user.id)
    assert queries.unread_count(user.id) == 0
    assert queries.unread_count(user.id + 1) == 5


def test_counting_stops_where_the_bell_stops_showing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_UNREAD", 3)
    assert queries.unread_count(user.id) == 3
