"""The list and a run's page in a browser: rows change in place, new runs are announced, a run's page follows it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ops_admin.infra.database import utcnow
from ops_admin.runs import service
from ops_admin.runs.ledger import SLOWED, Failure, Slowdown
from ops_admin.runs.states import Outcome, Status
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_widget import end
from tests.support.browser import watch_traffic
from tests.support.factories import WORKER, claim, make_completed_run, make_run, make_running_run


def test_a_row_changes_in_place_without_any_request(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/operations")
    row = page.locator(f"tr[data-run-id='{run.id}']")
    traffic = watch_traffic(page)
    service.advance(run, {"total": 4, "processed": 3})
    expect(row).to_contain_text("3 of 4")
    end(run.id, Outcome.PARTIALLY_SUCCEEDED)
    expect(row).to_contain_text("Partial")
    expect(row.locator("progress")).to_be_hidden()
    assert traffic.paths == []


@pytest.mark.parametrize("path", ["/operations", "/operations?state=failed"])
def test_the_numbers_beside_the_states_move_with_the_runs(desk: Desk, open_desk: OpenDesk, path: str) -> None:
    make_run(desk.tenant)
    make_completed_run(desk.tenant)
    page = open_desk(path)
    queued, running = (page.locator(f"[data-count-of={state}]") for state in ("queued", "running"))
    expect(queued).to_have_text("1")
    expect(queued).to_be_visible()
    run = make_run(desk.tenant)
    expect(queued).to_have_text("2")
    run = claim(run)
    expect(running).to_have_text("1")
    expect(queued).to_have_text("1")
    service.advance(run, {"processed": 1})
    end(run.id, Outcome.FAILED)
    expect(page.locator("[data-count-of=failed]")).to_have_text("1")
    expect(running).to_have_text("0")
    expect(running).to_be_visible()


def test_numbers_that_cannot_be_kept_true_are_taken_away(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/operations?outcome=failed")
    expect(page.locator("[data-count-of=queued]")).to_be_visible()
    make_run(desk.tenant)
    expect(page.locator("[data-count-of=queued]")).to_be_hidden()


def test_new_runs_are_announced_and_shown_when_asked(desk: Desk, open_desk: OpenDesk) -> None:
    make_completed_run(desk.tenant)
    page = open_desk("/operations")
    make_run(desk.tenant)
    expect(page.locator("[data-show-new]")).to_have_text("1 new run")
    make_run(desk.tenant)
    expect(page.locator("[data-show-new]")).to_have_text("2 new runs")
    expect(page.locator("tr[data-run-id]")).to_have_count(1)
    page.locator("[data-show-new]").click()
    expect(page.locator("tr[data-run-id]")).to_have_count(3)
    expect(page.locator("[data-show-new]")).to_be_hidden()


def test_an_empty_list_does_not_deny_the_run_that_it_announces(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/operations")
    expect(page.get_by_text("No operations yet")).to_be_visible()
    make_run(desk.tenant)
    expect(page.locator("[data-show-new]")).to_be_visible()
    expect(page.get_by_text("No operations yet")).to_be_hidden()


def test_a_new_run_that_the_filter_leaves_out_is_not_announced(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/operations?type=directory.groups.sync")
    make_run(desk.tenant, type="inventory.sync")
    run = make_run(desk.tenant, type="directory.groups.sync")
    expect(page.locator("[data-show-new]")).to_have_text("1 new run")
    assert run.id


def test_filters_stand_in_the_address_without_empty_ones(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/operations")
    page.get_by_label("Search by number or name").fill("groups")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile(r"/operations\?q=groups$"))


def test_a_wrong_filter_is_explained_beside_its_field_and_kept(open_desk: OpenDesk) -> None:
    page = open_desk("/operations?since=yesterday&q=inventory")
    field = page.get_by_label("Created from (UTC)")
    expect(field).to_have_value("yesterday")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Write a date"))
    expect(page.get_by_label("Search by number or name")).to_have_value("inventory")


def test_a_page_of_a_run_says_what_slows_it_down(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk(f"/operations/{run.id}")
    until = utcnow() + timedelta(seconds=6)
    service.update_context(run, {SLOWED: Slowdown(3, 41, until).as_json()})
    note = page.get_by_text("Microsoft Graph is busy or cannot be reached.")
    expect(note).to_be_visible()
    expect(page.get_by_text("3 times, 41 s in all")).to_be_visible()
    expect(note).to_be_hidden(timeout=10_000)


def test_a_page_of_a_run_follows_it_to_its_end(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_run(desk.tenant)
    page = open_desk(f"/operations/{run.id}")
    run = claim(run)
    expect(page.locator(".run-steps strong").first).to_have_text("Running")
    service.advance(run, {"total": 4, "processed": 1})
    expect(page.locator("#run")).to_contain_text("1 of 4")
    failures = [Failure("unexpected_error", "KeyError")]
    service.finish(run.id, Outcome.FAILED, actor=WORKER, counts={}, recorded=failures, expect=[Status.RUNNING])
    expect(page.locator("#run")).to_contain_text("What went wrong")
    expect(page.locator("#run [data-slot=badge]")).to_have_text("Failed")


def test_what_one_may_do_to_a_run_stands_beside_its_title_and_follows_it(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk(f"/operations/{run.id}")
    actions = page.locator(".page-head-actions")
    expect(actions.get_by_role("button")).to_have_text(["Stop"])
    end(run.id, Outcome.FAILED)
    expect(actions.get_by_role("button")).to_have_text(["Start again"])
    actions.get_by_role("button").click()
    expect(page.locator("[data-toast]", has_text="Queued")).to_be_visible()
    assert page.url.endswith(f"/operations/{run.id}")


def test_progress_alone_makes_no_request_on_a_runs_page(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    service.advance(run, {"total": 4, "processed": 1})
    page = open_desk(f"/operations/{run.id}")
    traffic = watch_traffic(page)
    service.advance(run, {"total": 4, "processed": 2})
    expect(page.locator("[data-count=processed]")).to_have_text("2")
    assert traffic.paths == []


def test_times_are_in_the_readers_zone_with_utc_in_the_tooltip(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_completed_run(desk.tenant)
    page = open_desk(f"/operations/{run.id}", timezone_id="Asia/Kolkata", locale="en-GB")
    time = page.locator(".facts time").first
    expect(time).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    hour = (run.created_at.hour * 60 + run.created_at.minute + 330) // 60 % 24
    expect(time).to_have_text(re.compile(rf"\b{hour:02}:\d\d$"))
