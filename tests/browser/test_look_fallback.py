"""When the socket is down the page says so, asks by the rule, and goes back to push (R27)."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from ops_admin.health import workers
from ops_admin.infra.database import transaction
from ops_admin.runs import service
from ops_admin.runs.ledger import AWAITS_DECISION
from ops_admin.runs.models import DbOperationRun
from tests.browser.conftest import Desk, Line, OpenDesk
from tests.browser.test_look_widget import end, widget_row
from tests.support.browser import NewPage, Traffic, sign_in_page, watch_traffic
from tests.support.factories import make_run, make_running_run

QUESTION = "GET /operations/active"


@pytest.fixture
def line() -> Line:
    return Line()


def questions(traffic: Traffic) -> int:
    return traffic.paths.count(QUESTION)


def wait_until_down(page: Page) -> None:
    page.wait_for_selector("#connection[data-state=down]")


def test_a_run_goes_on_moving_while_the_socket_is_down(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/", line)
    line.cut()
    wait_until_down(page)
    expect(page.locator("#widget")).to_contain_text("Live updates are interrupted")
    service.advance(run, {"total": 8, "processed": 4})
    expect(widget_row(page, run.id)).to_contain_text("4 of 8")
    end(run.id)
    expect(widget_row(page, run.id)).to_contain_text("Completed")


def test_a_cut_is_said_while_the_page_still_tries_to_connect_again(open_desk: OpenDesk, line: Line) -> None:
    page = open_desk("/", line)
    page.clock.install()
    line.cut()
    for _ in range(10):
        page.clock.run_for(200)
        page.wait_for_timeout(50)  # of the network, whose answers take real time
    expect(page.locator("#connection")).to_have_attribute("data-state", "down", timeout=300)


def test_nothing_is_asked_when_nothing_runs(open_desk: OpenDesk, line: Line) -> None:
    assert_nothing_is_asked_for_a_minute(open_desk("/", line), line)


def assert_nothing_is_asked_for_a_minute(page: Page, line: Line) -> None:
    page.clock.install()
    line.cut()
    page.clock.run_for(3000)
    wait_until_down(page)
    traffic = watch_traffic(page)
    expect(page.locator("#widget")).to_contain_text("will appear when they return")
    page.clock.run_for(60_000)
    assert questions(traffic) == 0


def test_nothing_is_asked_while_only_a_person_can_move_on(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    make_run(desk.tenant, desk.owner, context={AWAITS_DECISION: True})
    page = open_desk("/operations", line)
    expect(page.locator("#widget")).to_contain_text("1 waiting for a decision")
    assert_nothing_is_asked_for_a_minute(page, line)


def test_push_takes_over_again_after_one_question(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/", line)
    line.cut()
    wait_until_down(page)
    line.mend()
    page.wait_for_selector("#connection[data-state=live]", timeout=15_000)
    expect(page.locator("#widget")).not_to_contain_text("interrupted")
    traffic = watch_traffic(page)
    service.advance(run, {"total": 8, "processed": 6})
    expect(widget_row(page, run.id)).to_contain_text("6 of 8")
    assert questions(traffic) <= 1, "the one question after coming back may still be on its way"


def test_a_run_that_ended_during_the_gap_is_seen_to_end(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/", line)
    line.cut()
    end(run.id)
    line.mend()
    expect(widget_row(page, run.id)).to_contain_text("Completed", timeout=15_000)


def test_an_open_dialog_stops_the_questions(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    make_running_run(desk.tenant)
    page = open_desk("/", line)
    line.cut()
    wait_until_down(page)
    page.evaluate("document.body.append(Object.assign(document.createElement('dialog'), {open: true}))")
    expect(page.locator("#widget")).to_contain_text("paused while a dialog is open")
    traffic = watch_traffic(page)
    page.wait_for_timeout(2500)  # two of the pauses after which it would have asked
    assert questions(traffic) == 0


def test_an_unreachable_server_is_said(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    make_running_run(desk.tenant)
    page = open_desk("/", line)
    page.route("**/operations/active*", lambda route: route.abort())
    line.cut()
    expect(page.locator("#widget")).to_contain_text("The server cannot be reached", timeout=30_000)


def test_an_answer_that_never_comes_is_said_as_well(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    make_running_run(desk.tenant)
    page = open_desk("/", line)
    page.route("**/operations/active*", lambda _: None)  # neither answered nor refused
    line.cut()
    expect(page.locator("#widget")).to_contain_text("The server cannot be reached", timeout=45_000)


def test_a_sign_out_elsewhere_is_said_and_nothing_is_asked(desk: Desk, open_desk: OpenDesk) -> None:
    make_running_run(desk.tenant)
    page = open_desk("/")
    other = page.context.new_page()
    other.goto(desk.url)
    other.locator("[popovertarget=user-menu]").click()
    other.get_by_role("button", name="Sign out").click()
    expect(page.locator("#widget")).to_contain_text("You are signed out")
    expect(page.locator("#connection")).to_have_attribute("data-state", "refused")


def test_a_run_started_elsewhere_is_found_by_asking(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    make_running_run(desk.tenant)
    page = open_desk("/", line)
    line.cut()
    wait_until_down(page)
    found = make_run(desk.tenant, type="directory.groups.sync")
    expect(widget_row(page, found.id)).to_be_visible()


def test_what_is_started_on_a_page_that_is_not_live_is_shown(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    page = open_desk(f"/tenants/{desk.tenant.id}", line)
    line.cut()
    wait_until_down(page)
    page.get_by_role("button", name="Sync inventory").click()
    expect(page.locator("#widget [data-run-id]")).to_contain_text("Queued")


def test_the_page_of_an_ended_run_never_loads_again(desk: Desk, open_desk: OpenDesk, line: Line) -> None:
    run = make_running_run(desk.tenant)
    end(run.id)
    page = open_desk(f"/operations/{run.id}", line)
    page.clock.install()
    traffic = watch_traffic(page)
    line.cut()
    page.clock.run_for(120_000)
    assert [path for path in traffic.paths if path.startswith("GET /operations")] == []


def test_a_page_that_hears_only_a_part_says_so_and_asks(desk: Desk, new_page: NewPage) -> None:
    workers.beat("another:1:abcd")
    run = make_running_run(desk.tenant, desk.owner)
    page = new_page()
    sign_in_page(page, desk.url, desk.owner.email)
    page.wait_for_selector("#connection[data-state=partial]")
    expect(page.locator("#connection")).to_contain_text("Partly live")
    expect(page.locator("#widget")).to_contain_text("Another process cannot tell this one")
    unheard(run.id, summary_counts={"total": 8, "processed": 4})
    expect(widget_row(page, run.id)).to_contain_text("4 of 8", timeout=15_000)
    workers.retire("another:1:abcd")
    page.wait_for_selector("#connection[data-state=live]", timeout=15_000)
    expect(page.locator("#widget")).not_to_contain_text("Another process cannot tell this one")


def test_a_page_that_hears_only_a_part_asks_about_a_run_of_which_it_was_told(desk: Desk, new_page: NewPage) -> None:
    workers.beat("another:1:abcd")
    page = new_page()
    sign_in_page(page, desk.url, desk.owner.email)
    page.wait_for_selector("#connection[data-state=partial]")
    run = make_run(desk.tenant, desk.owner)
    expect(widget_row(page, run.id)).to_contain_text("Queued")
    unheard(run.id, status="running", summary_counts={"total": 8, "processed": 4})
    expect(widget_row(page, run.id)).to_contain_text("4 of 8", timeout=15_000)


def unheard(run_id: int, **values: object) -> None:
    """Change a run as a worker elsewhere does: nothing is pushed from here."""
    with transaction() as session:
        changed = update(DbOperationRun).where(DbOperationRun.id == run_id)
        session.execute(changed.values(revision=DbOperationRun.revision + 1, **values))
