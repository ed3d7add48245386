"""What others typed stays text, on every page, in what is pushed, and in a review pack (R38).

The Content-Security-Policy would stop most of it; here nothing may even become an element. `new_page` fails the test
when the policy had to stop something.
"""

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy import update

from ops_admin.access.models import DbTenant, DbUser
from ops_admin.infra.database import transaction
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor, Failure
from ops_admin.runs.states import Outcome
from tests.reviews.making import generate, open_zip, pack_of
from tests.security.markup import living, payload, poison
from tests.support.browser import NewPage, sign_in_page
from tests.support.factories import make_run
from tests.support.pages import World, make_world, pages_of

MARKUP = payload("here", 190)
FORMULAS = ("=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "\uff1d1", '=cmd|" /C calc"!A0')


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a browser shows does not depend on the engine."""
    return sqlite_url


@pytest.fixture
def world(app_context: Flask) -> World:
    return make_world()


@pytest.fixture
def page(new_page: NewPage, served: str, world: World) -> Page:
    page = new_page()
    page.on("dialog", refuse_dialog)
    sign_in_page(page, served, world.user.email)
    return page


def refuse_dialog(dialog: Dialog) -> None:
    raise AssertionError(f"a page opened a dialog: {dialog.message}")


def test_no_stored_text_becomes_an_element_of_any_page(app: Flask, served: str, world: World, page: Page) -> None:
    poisoned = poison()
    assert len(poisoned) > 40, poisoned
    alive: dict[str, list[str]] = {}
    shown = 0
    for path in pages_of(app, world):
        answer = page.request.get(f"{served}{path}")
        assert answer.status < 500, path
        if "text/html" not in answer.headers["content-type"]:
            assert answer.headers["x-content-type-options"] == "nosniff", path
            continue
        page.goto(f"{served}{path}", wait_until="domcontentloaded")
        shown += "<img src=x" in page.locator("body").inner_text()
        if found := living(page):
            alive[path] = found
    assert alive == {}
    assert shown > 10, "hardly any page shows what was typed"


def test_nothing_that_is_pushed_becomes_an_element(served: str, world: World, page: Page) -> None:
    with transaction() as session:
        session.execute(update(DbUser).values(display_name=MARKUP))
        session.execute(update(DbTenant).values(display_name=MARKUP))
    page.goto(f"{served}/operations")
    run = make_run(world.tenant, world.user, type=payload("type", 100), context={"inputs": {"name": MARKUP}})
    row = page.locator(f"#widget [data-run-id='{run.id}']")
    expect(row).to_be_visible()
    service.claim(run, Actor.worker(MARKUP))
    failures = [Failure("graph.throttled", MARKUP)]
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker(MARKUP), counts={"failed": 1}, recorded=failures)
    expect(row).to_contain_text("Failed")
    expect(page.locator("body")).to_contain_text("Unknown operation")
    assert living(page) == []
    page.goto(f"{served}/operations/{run.id}")
    assert living(page) == []


def test_the_toast_of_a_start_shows_markup_as_text(served: str, world: World, page: Page) -> None:
    page.goto(f"{served}/tenants/{world.tenant.id}/backups/new")
    page.locator("input[name=name]").fill(MARKUP[:100])
    page.locator("main form:has(input[name=name]) [type=submit]").last.click()
    page.wait_for_load_state("networkidle")
    assert living(page) == []


@pytest.fixture
def opened(world: World, tmp_path: Path) -> Path:
    """A review pack of a tenant whose names are hostile, opened as its reader does."""
    with transaction() as session:
        session.execute(update(DbTenant).values(display_name=MARKUP))
        session.execute(update(DbPolicy).values(name=MARKUP, search_key=MARKUP[:100]))
        session.execute(update(DbUser).values(display_name=MARKUP))
    pack = pack_of(generate(world.tenant, world.user))
    open_zip(pack).extractall(tmp_path / "pack")
    return tmp_path / "pack"


def test_the_report_of_a_review_pack_shows_markup_as_text(browser: Browser, opened: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.on("dialog", refuse_dialog)
    page.goto((opened / "report.html").as_uri())
    assert "<img src=x" in page.locator("body").inner_text()
    assert living(page) == []
    context.close()


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_review_pack_is_a_formula(world: World, formula: str) -> None:
    with transaction() as session:
        session.execute(update(DbTenant).values(display_name=formula))
        session.execute(update(DbPolicy).values(name=formula, search_key="x"))
        session.execute(update(DbUser).values(display_name=formula))
    archive = open_zip(pack_of(generate(world.tenant, world.user)))
    tables = [name for name in archive.namelist() if name.endswith(".csv")]
    assert tables
    cells = [
        cell
        for name in tables
        for row in csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))
        for cell in row
    ]
    assert any(formula.strip().lstrip("\t\r") in cell for cell in cells), "the name is nowhere"
    assert not [
        cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")) and not is_number(cell)
    ]


def is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()
