"""Pages follow each other without gap or repetition, forth and back, whatever the order and the engine."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, select

from ops_admin.access.models import DbTenant
from ops_admin.infra.database import transaction
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.web.keyset import LARGEST_ID, Cursor, Order, Page, page_url, read_by_name, read_cursor, read_newest
from tests.intune.making import make_policy
from tests.support.factories import make_tenant

both_engines = pytest.mark.usefixtures("app_context")
NOON = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)

Turn = Callable[[Cursor | None], Page[Any]]


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("after~17", Cursor(17)),
        ("before~17", Cursor(17, back=True)),
        ("after~0", Cursor(0)),
        (f"after~{LARGEST_ID}", Cursor(LARGEST_ID)),
    ],
)
def test_a_cursor_is_read_from_an_address(text: str, cursor: Cursor) -> None:
    assert read_cursor({"cursor": text}) == cursor
    assert str(cursor) == text


@pytest.mark.parametrize("cursor", [Cursor(7, at=NOON), Cursor(7, back=True, at=NOON)])
def test_a_cursor_with_a_time_survives_its_address(cursor: Cursor) -> None:
    assert read_cursor({"cursor": str(cursor)}, timed=True) == cursor


def test_a_cursor_means_the_same_moment_in_every_zone() -> None:
    elsewhere = Cursor(7, at=NOON.astimezone(timezone(timedelta(hours=5))))
    assert read_cursor({"cursor": str(elsewhere)}, timed=True) == Cursor(7, at=NOON)


@pytest.mark.parametrize(("word", "back"), [("older", False), ("newer", True)])
def test_an_address_of_the_runs_from_before_still_leads_where_it_led(word: str, back: bool) -> None:
    assert read_cursor({"cursor": f"{word}~7~{NOON.isoformat()}"}, timed=True) == Cursor(7, back, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17",
        "after",
        "after~",
        "after~x",
        "after~-1",
        "after~²",
        "after~1~x",
        f"after~{LARGEST_ID + 1}",
        "after~" + "9" * 40,
        "sideways~17",
        f"after~17~{NOON.isoformat()}",
        "after~17~2026-01-31T12:00:00",
        "after~17~99999-01-01T00:00:00+00:00",
    ],
)
def test_a_cursor_that_makes_no_sense_is_the_first_page(text: str) -> None:
    assert read_cursor({"cursor": text}) is None


@pytest.mark.parametrize("text", ["after~17", "after~17~2026-01-31T12:00:00", "after~17~x"])
def test_a_list_by_time_takes_no_cursor_without_one(text: str) -> None:
    assert read_cursor({"cursor": text}, timed=True) is None


def test_an_address_without_cursor_is_the_first_page() -> None:
    assert read_cursor({}) is read_cursor({"after": "17", "before": "17"}) is None


def test_the_address_of_a_page_keeps_the_filters() -> None:
    assert page_url("/list", {"q": "a&b"}, Cursor(7, back=True)) == "/list?q=a%26b&cursor=before~7"
    assert page_url("/list", {}, None) is None


def walk(turn: Turn, direction: str, cursor: Cursor | None = None) -> list[Page[Any]]:
    """Turn the pages from `cursor` on until there are no more."""
    pages = [turn(cursor)]
    while (cursor := getattr(pages[-1], direction)) is not None:
        pages.append(turn(cursor))
    return pages


def ids_of(pages: list[Page[Any]]) -> list[int]:
    return [row.id for page in pages for row in page.rows]


def check_pages(turn: Turn, expected: list[int], size: int) -> None:
    forth = walk(turn, "next")
    assert ids_of(forth) == expected
    assert forth[0].previous is None
    assert all(len(page.rows) == size for page in forth[:-1])
    back = walk(turn, "previous", forth[-1].previous)[::-1] if len(forth) > 1 else []
    assert ids_of([*back, forth[-1]])[-len(expected) :] == expected
    assert [page.rows for page in back] == [page.rows for page in forth[:-1]]


@both_engines
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_the_newest_first_forth_and_back(size: int) -> None:
    made = [make_tenant().id for _ in range(7)]
    check_pages(
        lambda cursor: read_newest(select(*DbTenant.__table__.c), DbTenant.id, cursor, lambda row: row, size),
        made[::-1],
        size,
    )


@both_engines
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_by_name_forth_and_back_with_names_that_are_alike(size: int) -> None:
    tenant = make_tenant()
    names = ["b", "A", "b", "Ä", "a", "c", "b"]
    made = sorted((policy_key(name), make_policy(tenant, name)) for name in names)
    query = select(DbPolicy.id, DbPolicy.name, DbPolicy.search_key).where(DbPolicy.tenant_id == tenant.id)
    check_pages(
        lambda cursor: read_by_name(query, DbPolicy, cursor, lambda row: row, size),
        [policy_id for _, policy_id in made],
        size,
    )
    assert read_by_name(query, DbPolicy, None, lambda row: row, size).total == len(names)


def policy_key(name: str) -> str:
    return name.casefold()


@both_engines
def test_by_name_a_cursor_whose_row_is_gone_is_the_first_page() -> None:
    tenant = make_tenant()
    gone, first, second = (make_policy(tenant, name) for name in "abc")
    with transaction() as session:
        session.execute(delete(DbPolicy).where(DbPolicy.id == gone))
    query = select(DbPolicy.id, DbPolicy.search_key)
    for back in (False, True):
        page = read_by_name(query, DbPolicy, Cursor(gone, back), lambda row: row)
        assert [row.id for row in page.rows] == [first, second]
        assert page.previous is None


@both_engines
def test_beyond_the_end_there_is_nothing_and_nowhere_to_go() -> None:
    oldest = make_tenant().id
    page = read_newest(select(DbTenant.id), DbTenant.id, Cursor(oldest), lambda row: row)
    assert page == Page((), None, None)


@pytest.mark.parametrize(
    ("falls", "cursor", "condition", "order"),
    [
        (True, Cursor(7), "<", " DESC"),
        (True, Cursor(7, back=True), ">", ""),
        (False, Cursor(7), ">", ""),
        (False, Cursor(7, back=True), "<", " DESC"),
    ],
)
def test_the_condition_is_one_comparison_that_an_index_serves(
    falls: bool, cursor: Cursor, condition: str, order: str
) -> None:
    of_list = Order((DbPolicy.name, DbPolicy.id), falls)
    statement = select(DbPolicy.id).where(of_list.beyond(cursor, "x", 7)).order_by(*of_list.by(cursor))
    text = " ".join(str(statement.compile(create_engine("postgresql+psycopg://"))).split())
    assert f"WHERE (policies.name, policies.id) {condition} (" in text
    assert text.endswith(f"ORDER BY policies.name{order}, policies.id{order}")
