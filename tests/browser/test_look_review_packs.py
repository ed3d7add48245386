"""Review packs in a real browser: the card moves by push and falls back by the rule (R27), the report needs nothing."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ops_admin.infra.database import utcnow
from ops_admin.intune.inventory.storage import record_attempt
from ops_admin.reviews import storage
from ops_admin.reviews.queries import ReviewPack, list_packs
from ops_admin.runs import service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from tests.browser.conftest import Desk, Line, OpenDesk
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.intune.making import add_version, make_policies, make_policy
from tests.reviews.making import KEY, begin_pack, finish_pack, generate, make_ready_pack, open_zip, pack_of, queue_pack
from tests.support.browser import ColorScheme, NewPage, Traffic, sign_in_page, watch_traffic
from tests.support.factories import WORKER


@pytest.fixture
def home(desk: Desk) -> str:
    """The page of a tenant that was synced."""
    record_attempt(desk.tenant.id, "intents", 1, utcnow(), None)
    return f"/tenants/{desk.tenant.id}"


def card(page: Page) -> Locator:
    return page.locator("[data-review-packs]")


def questions(traffic: Traffic) -> int:
    return sum(path.endswith("/review-packs/card") for path in traffic.paths)


def begin(desk: Desk) -> int:
    """Start a pack as somebody else would; its worker has not come yet."""
    return start(KEY, actor=Actor.system(), tenant_id=desk.tenant.id).run.id


def test_the_card_moves_by_push_from_nothing_to_a_download(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    page = open_desk(home)
    expect(card(page)).to_contain_text("people who have no login here")

    run_id = begin(desk)
    expect(card(page)).to_contain_text("Waiting for a worker")
    run = service.claim(get_run(run_id), WORKER)
    assert run is not None
    expect(card(page)).to_contain_text("Being generated")
    service.advance(run, {"total": 8, "processed": 2})
    expect(card(page)).to_contain_text("2 of 8")
    finish_pack(run)
    expect(card(page).get_by_role("link", name="Download")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()


def test_the_card_asks_nothing_while_the_socket_is_up(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    begin_pack(desk.tenant)
    page = open_desk(home)
    traffic = watch_traffic(page)
    page.clock.install()
    page.clock.run_for(60_000)
    assert questions(traffic) == 0


def test_while_the_socket_is_down_the_card_asks_every_ten_seconds(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    run, line = begin_pack(desk.tenant), Line()
    page = open_desk(home, line)
    page.clock.install()
    line.cut()
    page.clock.run_for(3_000)
    page.wait_for_selector("#connection[data-state=down]")
    # What is active elsewhere on the page may be asked for more often; the card's own questions are counted.
    page.route("**/operations/active*", lambda route: route.abort())
    traffic = watch_traffic(page)
    for asked in (1, 2):
        with page.expect_response("**/review-packs/card"):
            page.clock.run_for(10_000)
        assert questions(traffic) == asked

    finish_pack(run)
    with page.expect_response("**/review-packs/card"):
        page.clock.run_for(10_000)
    expect(card(page).get_by_role("link", name="Download")).to_be_visible()
    page.clock.run_for(120_000)
    assert questions(traffic) == 3


@pytest.mark.parametrize("state", ["absent", "ready"])  # of the others only the rule: test_look_rules.py
def test_while_the_socket_is_down_nothing_is_asked_about_a_pack_that_has_ended(
    desk: Desk, open_desk: OpenDesk, home: str, state: str
) -> None:
    make_in_state(desk, state)
    line = Line()
    page = open_desk(home, line)
    page.clock.install()
    line.cut()
    page.clock.run_for(3_000)
    page.wait_for_selector("#connection[data-state=down]")
    traffic = watch_traffic(page)
    page.clock.run_for(120_000)
    assert questions(traffic) == 0


def test_what_happened_during_a_gap_is_seen_after_it(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    line = Line()
    page = open_desk(home, line)
    line.cut()
    page.wait_for_selector("#connection[data-state=down]")
    make_ready_pack(desk.tenant)
    line.mend()
    expect(card(page).get_by_role("link", name="Download")).to_be_visible(timeout=15_000)


def test_generating_again_answers_in_place(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    make_ready_pack(desk.tenant)
    page = open_desk(home)
    card(page).get_by_role("button", name="Generate again").click()
    expect(page.locator("#toasts")).to_contain_text("Queued")
    expect(card(page)).to_contain_text("Waiting for a worker")
    expect(card(page).get_by_role("button", name="Generate again")).to_have_count(0)


def test_a_button_that_came_by_push_works_in_place_too(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    page = open_desk(home)
    finish_pack_of(desk, begin(desk))
    card(page).get_by_role("button", name="Generate again").click()
    expect(page.locator("#toasts")).to_contain_text("Queued")
    assert urlsplit(page.url).path == home


def test_the_list_follows_too(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    make_ready_pack(desk.tenant)
    page = open_desk(f"{home}/review-packs")
    run_id = begin(desk)
    expect(page.locator(".pack-state").first).to_have_text("Queued")
    finish_pack_of(desk, run_id)
    expect(page.locator(".pack-state").first).to_have_text("Ready")


def test_the_download_saves_the_file_under_its_name(desk: Desk, open_desk: OpenDesk, home: str) -> None:
    pack = make_ready_pack(desk.tenant, content=b"x" * 100_000)
    page = open_desk(home)
    with page.expect_download() as waiting:
        card(page).get_by_role("link", name="Download").click()
    download = waiting.value
    assert re.fullmatch(r"review-pack-contoso-\d{4}-\d\d-\d\d\.zip", download.suggested_filename)
    assert Path(download.path()).stat().st_size == pack.file_size


@EVERY_LOOK
def test_every_state_is_accessible_and_fits(
    desk: Desk, home: str, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, desk.url, desk.owner.email)
    found: dict[str, list[str]] = {}
    for state in ("absent", "expired", "failed", "queued", "generating", "ready"):
        make_in_state(desk, state)
        page.goto(f"{desk.url}{home}")
        found[state] = problems_of(page)
    for address in ("", "/new", f"/{expired_id(desk)}/download"):
        page.goto(f"{desk.url}{home}/review-packs{address}")
        found[address] = problems_of(page)
    page.goto(f"{desk.url}{home}/review-packs/new")
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#sections-error")).to_be_visible()
    found["refused"] = problems_of(page)
    assert {place: problems for place, problems in found.items() if problems} == {}


def make_in_state(desk: Desk, state: str) -> None:
    makers: dict[str, Callable[[], object]] = {
        "absent": lambda: None,
        "queued": lambda: queue_pack(desk.tenant, desk.owner),
        "generating": lambda: service.advance(begin_pack(desk.tenant, desk.owner), {"total": 9, "processed": 4}),
        "ready": lambda: make_ready_pack(desk.tenant, desk.owner),
        "failed": lambda: service.finish(begin_pack(desk.tenant).id, Outcome.FAILED, actor=WORKER),
        "expired": lambda: expire(make_ready_pack(desk.tenant, desk.owner)),
    }
    makers[state]()


def expire(pack: ReviewPack) -> None:
    assert isinstance(pack.expires_at, datetime)
    storage.expire_packs(pack.expires_at)


def expired_id(desk: Desk) -> int:
    return next(pack.id for pack in list_packs(desk.tenant.id).rows if pack.status == "expired")


def finish_pack_of(desk: Desk, run_id: int) -> None:
    run = service.claim(get_run(run_id), WORKER)
    assert run is not None
    finish_pack(run)


# The report


@pytest.fixture
def report(desk: Desk, tmp_path: Path) -> Path:
    """The report as it lies beside the other files, where its reader has opened the zip."""
    make_policies(desk.tenant, 30, "mobileApps")
    policy_id = make_policy(desk.tenant, "<script>alert(1)</script>", content={"description": "before"})
    add_version(desk.tenant, policy_id, {"description": "after"})
    make_policy(desk.tenant, "x" * 400)
    pack = pack_of(generate(desk.tenant, desk.owner))
    open_zip(pack).extractall(tmp_path / "pack")
    return tmp_path / "pack" / "report.html"


@EVERY_LOOK
def test_the_report_opens_without_a_network_and_shows_everything(
    browser: Browser, report: Path, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    size = {"width": viewport[0], "height": viewport[1]}
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)  # type: ignore[arg-type]  # a size
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(error.message))
    traffic = watch_traffic(page)
    page.goto(report.as_uri())

    assert [urlsplit(request.url).path for request in traffic.requests] == [str(report)]
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Inventory",
        "Policy changes",
        "Assignment coverage",
        "Operations and failures",
        "About this bundle",
        "Policies",
    ]
    expect(page.locator(".change").first).to_contain_text("<script>alert(1)</script>")
    assert page.evaluate("getComputedStyle(document.querySelector('.figure')).borderTopWidth") == "1px"
    assert page.evaluate("document.querySelectorAll('svg rect').length") > 5
    assert problems_of(page) == []
    assert complaints == []
    context.close()


def test_the_report_fits_on_paper(browser: Browser, report: Path) -> None:
    # A4 without its margins, in CSS pixels.
    page = browser.new_page(viewport={"width": 680, "height": 971})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
