"""The pure rules of static/js/rules.js, in the browser that runs them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ops_admin.runs.states import Display
from ops_admin.runs.web.liveness import stall_level_of
from ops_admin.runs.web.presenter import WidgetRow
from tests.support.sources import ROOT

ORIGIN = "http://rules.invalid"


@pytest.fixture(scope="module")
def rules(browser: Browser) -> Iterator[Page]:
    """A blank page that can import the rules: they need neither a document nor a server."""
    page = browser.new_page()
    page.route(f"{ORIGIN}/", lambda route: route.fulfill(body="", content_type="text/html"))
    page.route(f"{ORIGIN}/static/**", lambda route: route.fulfill(path=ROOT / "static" / "js" / "rules.js"))
    page.goto(f"{ORIGIN}/")
    yield page
    page.close()


def call(page: Page, name: str, *arguments: object) -> Any:
    script = "([name, given]) => import('/static/js/rules.js').then(rules => rules[name](...given))"
    return page.evaluate(script, [name, list(arguments)])


@pytest.mark.parametrize(
    ("ages", "seconds"),
    [([], None), ([0], 1), ([9.9], 1), ([10], 5), ([59], 5), ([60], 10), ([4000], 10), ([4000, 3], 1), ([-5], 1)],
)
def test_the_youngest_run_sets_the_pace(rules: Page, ages: list[float], seconds: int | None) -> None:
    assert call(rules, "pollSeconds", ages) == seconds


@pytest.mark.parametrize(
    ("status", "seconds"),
    [("queued", 10), ("generating", 10), ("ready", None), ("failed", None), ("expired", None), ("", None), ("?", None)],
)
def test_only_a_review_pack_to_come_is_asked_for(rules: Page, status: str, seconds: int | None) -> None:
    assert call(rules, "packSeconds", status) == seconds


@pytest.mark.parametrize(
    ("given", "percent"), [(None, None), ("50", None), (-3, 0), (0, 0), (33.4, 33), (100, 100), (250, 100)]
)
def test_a_percentage_fits_its_bar_or_is_unknown(rules: Page, given: object, percent: int | None) -> None:
    assert call(rules, "clampPercent", given) == percent


@pytest.mark.parametrize(
    ("row", "other", "before"),
    [
        ({"status": "running", "run_id": 1}, {"status": "queued", "run_id": 2}, True),
        ({"status": "queued", "run_id": 2}, {"status": "running", "run_id": 1}, False),
        ({"status": "queued", "run_id": 3}, {"status": "queued", "run_id": 2}, True),
        ({"status": "running", "run_id": 2}, {"status": "running", "run_id": 3}, False),
        ({"status": "running", "run_id": 2}, {"status": "running", "run_id": 2}, False),
    ],
)
def test_what_runs_is_rather_shown_then_what_is_newer(
    rules: Page, row: dict[str, object], other: dict[str, object], before: bool
) -> None:
    assert call(rules, "outranks", row, other) is before


@pytest.mark.parametrize(
    ("known", "arriving", "is_news"),
    [
        ({"status": "running", "revision": 3}, {"status": "running", "revision": 4}, True),
        ({"status": "running", "revision": 3}, {"status": "running", "revision": 3}, False),
        ({"status": "running", "revision": 3}, {"status": "completed", "revision": 2}, False),
        ({"status": "completed", "revision": 3}, {"status": "running", "revision": 9}, False),
        ({"status": "failed", "revision": 3}, {"status": "failed", "revision": 4}, True),
    ],
)
def test_only_what_is_newer_is_news(
    rules: Page, known: dict[str, object], arriving: dict[str, object], is_news: bool
) -> None:
    assert call(rules, "isNews", known, arriving) is is_news


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (9.9, "0:09"), (75, "1:15"), (3600, "1:00:00"), (90061, "25:01:01"), (-4, "0:00")],
)
def test_a_duration_reads_like_a_clock(rules: Page, seconds: float, text: str) -> None:
    assert call(rules, "clock", seconds) == text


@pytest.mark.parametrize("status", ["unknown", "completed", "partial", "failed", "cancelled", "banana"])
def test_no_other_status_counts_as_active(rules: Page, status: str) -> None:
    assert call(rules, "isActive", {"status": status}) is False


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        ({}, True),
        ({"q": "inventory"}, True),
        ({"q": "#7"}, True),
        ({"q": "groups"}, False),
        ({"tenant": "3"}, True),
        ({"tenant": "4"}, False),
        ({"type": "inventory.sync", "state": "queued"}, True),
        ({"state": "failed"}, False),
        ({"outcome": "succeeded"}, False),
        ({"initiator": "Ada", "within": "1h"}, True),
        ({"until": "2026-01-01"}, False),
    ],
)
def test_a_new_run_is_announced_where_it_belongs(rules: Page, asked: dict[str, str], matches: bool) -> None:
    row = {"run_id": 7, "label": "Sync inventory", "type": "inventory.sync", "tenant_id": 3, "status": "queued"}
    assert call(rules, "matchesFilter", {**row, "initiator": "Ada"}, asked) is matches


STALL_LEVELS = {"warning": {"after": 30}, "danger": {"after": 120}}
ROW = WidgetRow(
    run_id=7,
    revision=3,
    tenant_id=3,
    workspace_id=1,
    label="Sync inventory",
    type="inventory.sync",
    status=Display.RUNNING,
    percent=None,
    counts={},
    initiator="Ada",
    started_at=None,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    completed_at=None,
    eta_seconds=None,
    url="/operations/7",
)
BEATEN = {"status": "running", "heartbeat_at": "2026-01-01T10:00:00+00:00"}


@pytest.mark.parametrize(
    ("row", "seconds", "level"),
    [
        (BEATEN, 29.9, None),
        (BEATEN, 30, "warning"),
        (BEATEN, 120, "warning"),
        (BEATEN, 120.1, "danger"),
        (BEATEN, -600, None),
        (BEATEN | {"status": "completed"}, 600, None),
        (BEATEN | {"status": "queued"}, 600, None),
        ({"status": "running"}, 600, None),
    ],
)
def test_a_run_has_stalled_at_the_limits_of_the_server(
    rules: Page, row: dict[str, str], seconds: float, level: str | None
) -> None:
    beaten = datetime.fromisoformat(BEATEN["heartbeat_at"])
    assert call(rules, "stallLevelOf", row, (beaten.timestamp() + seconds) * 1000, STALL_LEVELS) == level
    shown = replace(ROW, status=Display(row["status"]), heartbeat_at=beaten if "heartbeat_at" in row else None)
    assert stall_level_of(shown, beaten + timedelta(seconds=seconds)) == level
