"""Choosing rows in a real browser, with and without scripts; every state of the pages of policies (R16, R41)."""

from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from ops_admin.intune.policies.changes import archive_versions
from ops_admin.intune.policies.selections import keep_selection
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.intune.making import add_version, make_policies, make_policy
from tests.intune.policies.bulk import run_on, version_ids_of
from tests.support.browser import ColorScheme, NewPage, sign_in_page

LONG_NAME = "Nobreak" * 40


@dataclass(frozen=True)
class Shelf:
    """A tenant with many policies, one of which has versions of every kind."""

    address: str
    policy_id: int
    run_id: int
    selection: str


@pytest.fixture
def shelf(desk: Desk, app_context: Flask) -> Shelf:
    make_policies(desk.tenant, 60)
    policy_id = make_policy(desk.tenant, LONG_NAME, content={"displayName": LONG_NAME, "description": "one\ntwo"})
    add_version(desk.tenant, policy_id, {"displayName": LONG_NAME, "description": "one\n2", "bits": 1})
    add_version(desk.tenant, policy_id, {"displayName": "Short", "description": "x" * 3000, "hosts": ["a", "b"]})
    archive_versions(desk.tenant.id, version_ids_of(policy_id)[:1])
    run = run_on("policies.export", desk.tenant, [policy_id])
    address = f"/tenants/{desk.tenant.id}/policies"
    return Shelf(address, policy_id, run.id, keep_selection([policy_id, policy_id + 1]))


def states_of(shelf: Shelf) -> list[str]:
    """Addresses of the states that the address of a route alone does not show."""
    one = f"{shelf.address}/{shelf.policy_id}"
    return [
        f"{shelf.address}?group=nobody",
        f"{shelf.address}?q=nothing-has-this-name&assigned=never&type=intents",
        f"{one}?archived=yes&version=1",
        f"{one}/compare?from=1&to=2",
        f"{one}/compare?from=2&to=3",
        f"{one}/compare?from=3&to=3",
        f"{one}/versions/1/delete",
        f"{one}/versions/3/delete",
        f"{shelf.address}/delete?selection={shelf.selection}",
        f"/operations/{shelf.run_id}",
    ]


@EVERY_LOOK
def test_every_state_of_the_pages_is_accessible_and_fits(
    desk: Desk, shelf: Shelf, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, desk.url, desk.owner.email)
    found = {}
    for path in states_of(shelf):
        page.goto(f"{desk.url}{path}")
        found[path] = problems_of(page)
    page.goto(f"{desk.url}{shelf.address}")
    choose_page(page).check()
    found["all of a page chosen"] = problems_of(page)
    page.goto(f"{desk.url}{shelf.address}/{shelf.policy_id}")
    page.get_by_label("Choose version 2").check()
    found["a version chosen"] = problems_of(page)
    assert {path: problems for path, problems in found.items() if problems} == {}


def choose_page(page: Page) -> Locator:
    return page.get_by_label("Choose all on this page")


def test_the_bar_turns_into_actions_once_something_is_chosen(shelf: Shelf, open_desk: OpenDesk) -> None:
    page = open_desk(shelf.address)
    bar = page.get_by_role("group", name="Selected policies")
    expect(bar).to_contain_text("61 policies")
    expect(bar.get_by_role("button", name="Export")).to_be_hidden()

    page.get_by_label("Choose Policy 00003").check()
    expect(bar).to_contain_text("1 selected")
    expect(bar.get_by_role("button", name="Export")).to_be_visible()

    page.get_by_label("Choose all on this page").check()
    expect(bar).to_contain_text("50 selected")
    page.get_by_label("All 61 that match").check()
    expect(bar).to_contain_text("61 selected")
    page.get_by_label("Choose Policy 00003").uncheck()
    expect(page.get_by_label("All 61 that match")).not_to_be_checked()
    expect(bar).to_contain_text("49 selected")


def test_an_action_answers_in_place_and_lets_go_of_the_choice(shelf: Shelf, open_desk: OpenDesk) -> None:
    page = open_desk(f"{shelf.address}?q=policy")
    page.get_by_label("All 60 that match").evaluate("box => box.click()")
    page.get_by_role("button", name="Ignore", exact=True).click()

    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Ignore policies")
    expect(page.get_by_role("group", name="Selected policies")).to_contain_text("60 policies")
    toast.get_by_role("link", name="View run").click()
    expect(page.locator("dl.facts").first).to_contain_text("60")


def test_a_refusal_is_said_in_place_and_keeps_the_choice(shelf: Shelf, open_desk: OpenDesk) -> None:
    page = open_desk(shelf.address)
    page.get_by_label("Choose Policy 00003").check()
    page.locator("[data-select-row]:checked").evaluate("box => { box.value = 'x' }")
    page.get_by_role("button", name="Ignore", exact=True).click()

    expect(page.locator(".toast-danger")).to_contain_text("is not the id of a policy")
    expect(page.get_by_role("group", name="Selected policies")).to_contain_text("1 selected")


def test_deleting_leads_to_the_page_that_asks(shelf: Shelf, open_desk: OpenDesk) -> None:
    page = open_desk(shelf.address)
    page.get_by_label("Choose Policy 00003").check()
    page.get_by_role("button", name="Delete…").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 1 policy from the console")
    page.get_by_label("To confirm").fill("Policy 00003")
    page.get_by_role("button", name="Delete from the console").click()
    expect(page.locator("[data-toast]")).to_contain_text("Delete policies from the console")


def test_without_scripts_the_buttons_are_there_and_work(desk: Desk, shelf: Shelf, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    sign_in_page(page, desk.url, desk.owner.email)
    page.goto(f"{desk.url}{shelf.address}?q=policy")

    page.get_by_label("All 60 that match").check()
    page.get_by_role("button", name="Ignore", exact=True).click()

    assert page.url.endswith("?q=policy")
    expect(page.locator("[data-toast]")).to_contain_text("Queued")


def test_versions_are_chosen_as_rows_are(shelf: Shelf, open_desk: OpenDesk) -> None:
    page = open_desk(f"{shelf.address}/{shelf.policy_id}?archived=yes")
    bar = page.get_by_role("group", name="Selected versions")
    expect(bar).to_contain_text("None selected")

    page.get_by_label("Choose version 1").check()
    bar.get_by_role("button", name="Restore").click()
    expect(page.locator("[data-toast]")).to_contain_text("Restore archived policy versions")
    expect(bar).to_contain_text("None selected")
