"""What waits for a person is one quiet line of the widget: folded, pushed, and usable by keyboard (R26, R43)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from ops_admin.runs import service
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Run
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_pages import EVERY_LOOK
from tests.browser.test_look_widget import widget_row
from tests.support.browser import ColorScheme, watch_traffic
from tests.support.factories import claim, make_run, make_running_run


def make_waiting(desk: Desk) -> Run:
    return make_run(desk.tenant, desk.owner, type="restore.execute", context={AWAITS_DECISION: True})


def decide(run: Run, desk: Desk) -> None:
    service.reassign(run.id, Actor.user(desk.owner))


def line_of(page: Page) -> Locator:
    return page.locator("#widget .widget-folded > summary")


def number_of(page: Page) -> Locator:
    return page.locator("#widget [data-slot='active-count']")


def test_it_has_no_bar_and_no_clock_until_it_is_decided(desk: Desk, open_desk: OpenDesk) -> None:
    watching = open_desk("/")
    run = make_waiting(desk)
    pages = [watching, open_desk("/"), open_desk("/operations"), open_desk(f"/operations/{run.id}")]
    places = ["#widget li", "#widget li", "#run-list tr", "#run"]
    shown = [page.locator(f"{place}[data-run-id='{run.id}']") for page, place in zip(pages, places, strict=True)]
    for row in shown:
        expect(row.locator("[data-slot='badge']")).to_have_text("Waiting for a decision")
        expect(row.locator("[data-slot='progress']")).to_be_hidden()
        expect(row.locator("[data-slot='elapsed']")).to_be_empty()
    decide(run, desk)
    for row in shown:
        expect(row.locator("[data-slot='badge']")).to_have_text("Queued")
        expect(row.locator("[data-slot='progress']")).to_be_visible()
        expect(row.locator("[data-slot='elapsed']")).not_to_be_empty()


def test_it_appears_and_leaves_by_push_and_counts_as_no_work(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/")
    traffic = watch_traffic(page)
    first = make_waiting(desk)
    expect(line_of(page)).to_have_text("1 waiting for a decision")
    expect(page.locator("#widget .widget-box")).to_be_hidden()
    second = make_waiting(desk)
    expect(line_of(page)).to_have_text("2 waiting for a decision")
    expect(widget_row(page, first.id)).to_be_hidden()
    make_running_run(desk.tenant)
    expect(number_of(page)).to_have_text("1")
    decide(first, desk)
    expect(number_of(page)).to_have_text("2")
    expect(line_of(page)).to_have_text("1 waiting for a decision")
    expect(widget_row(page, first.id)).to_be_visible()
    service.request_cancel(second.id, Actor.worker("Somebody else"))
    expect(line_of(page)).to_be_hidden()
    expect(widget_row(page, second.id)).to_contain_text("Cancelled")
    expect(widget_row(page, second.id)).to_have_count(0, timeout=12_000)
    expect(number_of(page)).to_have_text("2")
    assert traffic.paths == []


def test_alone_it_leaves_nothing_behind(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_waiting(desk)
    page = open_desk("/")
    expect(page.locator("#widget")).to_be_visible()
    service.request_cancel(run.id, Actor.worker("Somebody else"))
    expect(page.locator("#widget")).to_be_hidden(timeout=12_000)


def test_a_page_that_was_loaded_says_the_same_as_one_that_was_told(desk: Desk, open_desk: OpenDesk) -> None:
    told = open_desk("/")
    runs = [make_waiting(desk), make_waiting(desk)]
    make_running_run(desk.tenant)
    expect(number_of(told)).to_have_text("1")
    loaded = open_desk("/")
    for page in (told, loaded):
        expect(line_of(page)).to_have_text("2 waiting for a decision")
        expect(number_of(page)).to_have_text("1")
        expect(page.locator("#widget .widget-folded [data-run-id]")).to_have_count(len(runs))


def test_the_keyboard_unfolds_it_and_reaches_the_run(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_waiting(desk)
    page = open_desk("/")
    expect(widget_row(page, run.id)).to_be_hidden()
    line_of(page).focus()
    page.keyboard.press("Enter")
    expect(widget_row(page, run.id)).to_be_visible()
    page.keyboard.press("Tab")
    expect(widget_row(page, run.id).locator("a")).to_be_focused()
    decide(run, desk)
    expect(page.locator("#widget .widget-box")).to_be_visible()
    expect(widget_row(page, run.id).locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/operations/{run.id}")


def test_unfolded_it_stays_unfolded_on_the_next_page(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_waiting(desk)
    page = open_desk("/")
    line_of(page).click()
    expect(widget_row(page, run.id)).to_be_visible()
    page.goto(f"{desk.url}/operations")
    expect(widget_row(page, run.id)).to_be_visible()


def test_its_chip_comes_and_goes_and_the_queue_does_not_count_it(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/operations")
    queued, waiting = (page.locator(f"[data-count-of={state}]") for state in ("queued", "awaiting"))
    expect(waiting).to_be_hidden()
    run = make_waiting(desk)
    expect(waiting).to_have_text("1")
    expect(waiting).to_be_visible()
    expect(queued).to_have_text("0")
    decide(run, desk)
    expect(queued).to_have_text("1")
    expect(waiting).to_be_hidden()
    claim(run)
    expect(queued).to_have_text("0")


def test_a_list_of_the_queue_does_not_announce_it(desk: Desk, open_desk: OpenDesk) -> None:
    queue, waiting = open_desk("/operations?state=queued"), open_desk("/operations?state=awaiting")
    make_waiting(desk)
    expect(waiting.locator("[data-slot='new-runs']")).to_be_visible()
    expect(queue.locator("#widget .widget-folded")).to_be_visible()
    expect(queue.locator("[data-slot='new-runs']")).to_be_hidden()


@EVERY_LOOK
def test_folded_and_unfolded_it_is_accessible_and_fits(
    desk: Desk, open_desk: OpenDesk, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    make_waiting(desk), make_waiting(desk)
    page = open_desk("/operations", viewport=viewport, color_scheme=scheme)
    for _ in range(2):
        assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        line_of(page).click()
    make_running_run(desk.tenant)
    expect(number_of(page)).to_be_visible()
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
