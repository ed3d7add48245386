"""An open page says by itself that a run has stalled, and takes it back (R48)."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from ops_admin.realtime import sockets
from ops_admin.runs import queries, service
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from ops_admin.runs.web import liveness
from tests.browser.conftest import Desk, Line, OpenDesk
from tests.browser.test_look_widget import widget_row
from tests.support.browser import watch_traffic
from tests.support.factories import make_running_run
from tests.support.network import poll_until

SOON, NEVER = timedelta(seconds=3), timedelta(hours=1)
WARNING = (SOON, NEVER, "tone-yellow", "It may be busy, or it may have stopped.")
DANGER = (timedelta(0), SOON, "tone-red", "Housekeeping will end the run as lost.")
# Of who waits for something to be shown, in milliseconds.
PATIENCE = 60_000
LOOK_LATER = """async (milliseconds) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const { state } = document.getElementById("connection").dataset;
    return [state, document.querySelector("#run [data-slot=stall]").hidden];
}"""


@pytest.fixture
def database_url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a server that lets a page know each second that it hears what happens."""
    monkeypatch.setattr(sockets, "_SECONDS_BETWEEN_PINGS", 1)
    return sqlite_url


def set_limits(monkeypatch: pytest.MonkeyPatch, stalled: timedelta, lost: timedelta) -> None:
    monkeypatch.setattr(liveness, "STALLED_AFTER", stalled)
    monkeypatch.setattr(queries, "LOST_AFTER", lost)


def badge(row: Locator) -> Locator:
    return row.locator("[data-slot=stall]")


def beat_until(run_id: int, is_heard: Callable[[], bool]) -> None:
    """Write heartbeats until one was heard in time: on a busy machine the time for the next may come before."""

    def beat() -> bool:
        service.heartbeat(queries.get_run(run_id), tell=True)
        return is_heard()

    poll_until(beat, timeout=60, message="no heartbeat was heard")


def comes_true(check: Callable[..., None], *args: object) -> bool:
    """Whether an expectation is met within a second."""
    try:
        check(*args, timeout=1000)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(("stalled", "lost", "tone", "sentence"), [WARNING, DANGER], ids=["warning", "danger"])
def test_open_pages_point_out_a_run_that_stalls_without_any_request(
    desk: Desk,
    open_desk: OpenDesk,
    monkeypatch: pytest.MonkeyPatch,
    stalled: timedelta,
    lost: timedelta,
    tone: str,
    sentence: str,
) -> None:
    set_limits(monkeypatch, stalled, lost)
    run = make_running_run(desk.tenant, desk.owner)
    pages = [open_desk(path) for path in (f"/operations/{run.id}", "/operations", "/notifications")]
    traffics = [watch_traffic(page) for page in pages]
    rows = [pages[0].locator("#run"), pages[1].locator(f"tr[data-run-id='{run.id}']"), widget_row(pages[2], run.id)]
    note = pages[0].get_by_text(sentence)
    for row in rows:
        expect(badge(row)).to_have_text("Stalled", timeout=PATIENCE)
        expect(badge(row)).to_have_class(f"badge {tone}")
        expect(badge(row)).to_be_visible()
    expect(note).to_be_visible(timeout=PATIENCE)

    for row in rows:
        beat_until(run.id, partial(comes_true, expect(badge(row)).not_to_have_class, f"badge {tone}"))
    beat_until(run.id, partial(comes_true, expect(note).to_be_hidden))
    expect(note).to_be_visible(timeout=PATIENCE)
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("housekeeping"))
    for row in rows:
        expect(badge(row)).to_be_hidden(timeout=PATIENCE)
    expect(note).to_be_hidden(timeout=PATIENCE)
    asked = [path for traffic in traffics for path in traffic.paths]
    assert [path for path in asked if path != f"GET /operations/{run.id}"] == []
    assert len(asked) <= 1, "the end alone is read, on the run's own page"


def test_heartbeats_keep_a_page_quiet_and_cost_no_request(
    desk: Desk, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, timedelta(seconds=8), NEVER)
    run = make_running_run(desk.tenant, desk.owner)
    page = open_desk(f"/operations/{run.id}")
    traffic = watch_traffic(page)
    for _ in range(8):
        service.heartbeat(run, tell=True)
        beaten = time.monotonic()
        page.wait_for_timeout(1200)  # together longer than the limit
        is_shown = badge(page.locator("#run")).is_visible()
        # Where all of that took so long that it is near the limit, the page was right.
        assert not is_shown or time.monotonic() - beaten > 6
    assert traffic.paths == []


class Swallowed(Line):
    """A line on which everything is lost from some moment on, and neither side is told."""

    swallows = False

    def carry(self, route: WebSocketRoute) -> None:
        """Let through what the server says until then."""
        server = route.connect_to_server()
        server.on_message(lambda message: None if self.swallows else route.send(message))


def test_a_page_that_hears_nothing_calls_no_run_stalled(
    desk: Desk, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limits(monkeypatch, SOON, NEVER)
    run = make_running_run(desk.tenant, desk.owner)
    line = Swallowed()
    page = open_desk(f"/operations/{run.id}", line)
    page.wait_for_load_state("networkidle")
    shown = badge(page.locator("#run"))

    def cut_off_in_time() -> bool:
        line.swallows = False
        is_quiet = comes_true(expect(shown).to_be_hidden)
        line.swallows = True
        page.wait_for_timeout(100)  # what was on its way arrives
        return is_quiet and shown.is_hidden()

    beat_until(run.id, cut_off_in_time)
    # Longer than the limit, shorter than it takes to notice that the line is dead; by the page's own clock.
    assert page.evaluate(LOOK_LATER, 5000) == ["live", True]
