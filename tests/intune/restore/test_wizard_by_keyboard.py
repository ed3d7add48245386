"""The restore wizard, done by keyboard alone, and on a phone; what is chosen is kept until it is saved (R43)."""

import pytest
from playwright.sync_api import Page, expect

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import AccessMode, choose_mode
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.worker.execution import execute
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import execute_restore, fresh, items_of, make_backup, make_restore, preview
from tests.support.browser import NARROW, ColorScheme, NewPage, sign_in_page
from tests.support.environment import DEMO_PASSWORD
from tests.support.factories import make_member

SCRIPTS = "deviceManagementScripts"
ACCESS = "conditionalAccessPolicies"
MOST_TABS = 150
SMALLEST_TARGET = 24  # WCAG 2.2, 2.5.8

FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const label = at.labels?.[0]?.innerText ?? at.getAttribute("aria-label") ?? at.innerText ?? "";
  return {
    name: (label || at.name || at.tagName).replace(/\\s+/g, " ").trim(),
    field: at.name ?? "", inMain: Boolean(at.closest("main")), top: box.top + scrollY,
    isSeen: box.bottom > 0 && box.top < innerHeight && (style.outlineStyle !== "none" || style.boxShadow !== "none"),
  };
}"""
SMALL = f"""() => [...document.querySelectorAll(
  "main :is(button, .btn, select, .pill, label:has(input), input:not([type=hidden]):not(label input))")]
  .filter((each) => each.checkVisibility() && Math.min(each.offsetWidth, each.offsetHeight) < {SMALLEST_TARGET})
  .map((each) => each.outerHTML.slice(0, 120))"""


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.top = 0.0

    def tab_to(self, name: str) -> None:
        """Press Tab until that thing or field has the focus, which has to move down the page and be visible."""
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            focus = self._page.evaluate(FOCUS)
            if focus["inMain"]:
                assert focus["isSeen"], f"the focus on {focus} cannot be seen"
                assert focus["top"] > self.top - 60, f"the focus jumps up to {focus}"
                self.top = focus["top"]
            if name in focus["name"] or name == focus["field"]:
                return
        raise AssertionError(f"Tab never reaches {name}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def arrive(self, heading: str) -> None:
        """The next step has come, and its heading has the focus."""
        expect(self._page.locator("main h1")).to_contain_text(heading)
        expect(self._page.locator("main h1")).to_be_focused()
        self.top = 0.0


@pytest.fixture
def user(target: Tenant, source: Tenant) -> User:
    user = make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.READONLY)
    return user


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=[SCRIPTS])


@pytest.fixture
def here(page: Page, served: str, user: User) -> Page:
    """A page of the console, signed in."""
    sign_in_page(page, served, user.email)
    return page


def newest(target: Tenant) -> Restore:
    db.session.rollback()
    return queries.list_restores(target.id).rows[0]


def address(served: str, restore: Restore, rest: str = "") -> str:
    return f"{served}/tenants/{restore.tenant_id}/restores/{restore.id}{rest}"


def test_a_restore_is_made_by_keyboard_alone(here: Page, served: str, backup: BackupSet, target: Tenant) -> None:
    keyboard = Keyboard(here)
    here.goto(f"{served}/tenants/{target.id}/restores/new")
    keyboard.arrive("New restore into Fabrikam")
    keyboard.tab_to(f"Choose {backup.name}")
    keyboard.press("Enter")

    keyboard.arrive("Choose policies")
    for number in (1, 2):
        keyboard.tab_to("item")
        keyboard.press("Space")
        expect(here.locator("[data-slot=selected]")).to_have_text(f"{number} selected")
    keyboard.tab_to("Continue")
    keyboard.press("Enter")

    keyboard.arrive("Map groups")
    keyboard.tab_to("Merge (default)")
    keyboard.press("ArrowDown", "ArrowUp", "ArrowUp")
    expect(here.get_by_label("Keep")).to_be_checked()
    keyboard.tab_to("Continue")
    keyboard.press("Enter")

    keyboard.arrive("Restore ")
    restore = newest(target)
    assert restore.preview_run_id
    execute(restore.preview_run_id)
    expect(here.locator(".next-state")).to_contain_text("Previewed", timeout=60_000)
    keyboard.tab_to("Restore…")
    keyboard.press("Enter")

    keyboard.arrive("Restore into Fabrikam?")
    keyboard.tab_to("Restore into Fabrikam")
    keyboard.press("Enter")
    keyboard.arrive("Restore ")
    execute(newest(target).operation_run_id or 0)
    expect(here.locator(".next-state")).to_contain_text("Completed", timeout=60_000)


def test_groups_are_mapped_by_keyboard(
    here: Page, served: str, backup: BackupSet, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(backup, target)
    rows = queries.list_groups(restore.id)
    keyboard = Keyboard(here)
    here.goto(address(served, restore, "/groups"))
    for row in sorted(rows, key=lambda row: page_order(here, row.id)):
        keyboard.tab_to(f"group-{row.id}")
        keyboard.press("Space", "ArrowUp")  # around to the last choice: to skip it
    keyboard.tab_to("Continue")
    keyboard.press("Enter")
    keyboard.arrive("Restore ")

    assert len(queries.read_mapping(fresh(restore).id)) == len(rows) > 0


def test_what_is_chosen_survives_back_a_reload_and_signing_in_again(
    here: Page, served: str, backup: BackupSet, target: Tenant, user: User
) -> None:
    restore = make_restore(backup, target, names={"none"})
    selected = here.locator("[data-slot=selected]")
    here.goto(address(served, restore, "/items"))
    here.locator("input[name=item]").first.check()
    expect(selected).to_have_text("1 selected")

    here.reload()
    expect(selected).to_have_text("1 selected")
    here.goto(f"{served}/operations")
    here.go_back()
    expect(selected).to_have_text("1 selected")
    here.context.clear_cookies()
    here.get_by_role("button", name="Continue").click()
    sign_in_here(here, user)
    expect(selected).to_have_text("1 selected")
    expect(here.locator("input[name=item]").first).to_be_checked()

    with here.expect_navigation():
        here.get_by_role("button", name="Save").click()
    expect(selected).to_have_text("1 selected")
    assert len(items_of(fresh(restore))) == 1


def test_what_was_saved_elsewhere_counts_more_than_what_was_not_saved_here(
    here: Page, served: str, backup: BackupSet, target: Tenant
) -> None:
    restore = make_restore(backup, target, names={"none"})
    here.goto(address(served, restore, "/items"))
    here.locator("input[name=item]").first.check()
    other = here.context.new_page()
    other.goto(address(served, restore, "/items"))
    other.get_by_role("button", name="Select all").click()
    expect(other.locator("[data-slot=selected]")).not_to_have_text("0 selected")

    here.reload()

    expect(here.locator("[data-slot=selected]")).to_have_text("2 selected")


@EVERY_LOOK
def test_every_step_is_accessible_fits_and_can_be_hit(
    served: str,
    user: User,
    source: Tenant,
    target: Tenant,
    simulator: Simulator,
    new_page: NewPage,
    viewport: tuple[int, int],
    scheme: ColorScheme,
) -> None:
    kept = make_backup(source, types=[SCRIPTS, ACCESS])
    restore = make_restore(kept, target, by_name(simulator, source, target))
    choose_mode(restore, AccessMode.AS_CAPTURED)
    preview(restore)
    page = new_page(viewport, scheme)
    sign_in_page(page, served, user.email)
    steps = [
        f"{served}/tenants/{target.id}/restores/new",
        *(address(served, restore, rest) for rest in ("/items", "/groups", "", "/secrets", "/execute")),
        *(address(served, restore, f"/items/{item.id}") for item in items_of(restore)[:3]),
    ]
    found = {step: look_at(page, step) for step in steps}
    execute_restore(restore)
    found["result"] = look_at(page, address(served, restore))
    assert {step: problems for step, problems in found.items() if problems} == {}


def page_order(page: Page, mapping_id: int) -> int:
    """Where on the page a group is asked for."""
    top: int = page.locator(f"#group-{mapping_id}").evaluate("each => each.getBoundingClientRect().top + scrollY")
    return top


def look_at(page: Page, step: str) -> list[str]:
    page.goto(step)
    expect(page.locator("main h1")).to_be_visible()
    small = page.evaluate(SMALL) if page.viewport_size and page.viewport_size["width"] == NARROW[0] else []
    return [*problems_of(page), *(f"too small to hit: {each}" for each in small)]


def sign_in_here(page: Page, user: User) -> None:
    """Fill in the form that asks whoever is not signed in any more."""
    page.locator("input[name=email]").fill(user.email)
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.locator("form:has(input[name=password]) [type=submit]").click()
