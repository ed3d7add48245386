"""The widget and the bell move by push alone (R15, R26, R28)."""

from playwright.sync_api import Locator, Page, expect

from ops_admin.runs import service
from ops_admin.runs.states import Outcome, Status
from ops_admin.runs.web.template_globals import NO_CLOCK
from tests.browser.conftest import Desk, OpenDesk
from tests.support.browser import module, watch_traffic
from tests.support.factories import WORKER, claim, make_member, make_run, make_running_run, make_tenant


def widget_row(page: Page, run_id: int) -> Locator:
    return page.locator(f"#widget [data-run-id='{run_id}']")


def end(run_id: int, outcome: Outcome = Outcome.SUCCEEDED) -> None:
    service.finish(run_id, outcome, actor=WORKER, counts={}, recorded=(), expect=[Status.RUNNING])


def push(page: Page, **changes: object) -> None:
    """Let the page hear an event, as late or as odd as a test wants it."""
    row = {
        "run_id": 900,
        "revision": 5,
        "tenant_id": None,
        "workspace_id": 1,
        "label": "Sync inventory",
        "type": "inventory.sync",
        "status": "running",
        "percent": 40,
        "counts": {"total": 10, "processed": 4},
        "initiator": "Ada",
        "started_at": "2026-01-01T10:00:00+00:00",
        "created_at": "2026-01-01T10:00:00+00:00",
        "completed_at": None,
        "eta_seconds": None,
        "url": "/operations/900",
    }
    script = f"row => {module('realtime.js')}.then(module => module.announce('run', row))"
    page.evaluate(script, {**row, **changes})


def test_a_run_appears_moves_and_leaves_without_any_request(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/")
    traffic = watch_traffic(page)
    run = make_run(desk.tenant, desk.owner)
    row = widget_row(page, run.id)
    expect(row).to_contain_text("Queued")
    run = claim(run)
    expect(row).to_contain_text("Running")
    service.advance(run, {"total": 40, "processed": 10})
    expect(row).to_contain_text("10 of 40")
    assert row.locator("progress").evaluate("bar => bar.value") == 25
    end(run.id)
    expect(row).to_contain_text("Completed")
    expect(page.locator("#widget")).to_be_hidden(timeout=12_000)
    assert traffic.paths == []


def test_a_page_loaded_in_mid_run_shows_it_before_any_script(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant, desk.owner)
    service.advance(run, {"total": 4, "processed": 1, "failed": 1})
    page = open_desk("/")
    served = page.request.get(page.url).text()
    assert "1 of 4" in served
    assert "1 failed" in served
    assert f'data-run-id="{run.id}"' in served


def test_the_rendered_row_and_the_pushed_row_say_the_same(desk: Desk, open_desk: OpenDesk) -> None:
    watching = open_desk("/")
    run = make_running_run(desk.tenant, desk.owner)
    service.advance(run, {"total": 2000, "processed": 1500, "failed": 3})
    expect(widget_row(watching, run.id)).to_contain_text("1,500 of 2,000")
    texts = "row => [...row.querySelectorAll('[data-slot]')].filter(one => one.dataset.slot !== 'elapsed')"
    texts += ".map(one => one.textContent.replace(/\\s+/g, ' ').trim())"
    pushed = widget_row(watching, run.id).evaluate(texts)
    rendered = watching.context.new_page()
    rendered.set_content(watching.request.get(f"{desk.url}/operations/active").text())
    assert rendered.locator("[data-run-id]").evaluate(texts) == pushed


def test_an_unknown_total_shows_an_indeterminate_bar(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, percent=None, counts={"processed": 7})
    expect(widget_row(page, 900)).to_contain_text("7 done")
    assert widget_row(page, 900).locator("progress:indeterminate").count() == 1


def test_a_failed_run_shows_how_far_it_came(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, percent=40)
    push(page, revision=6, status="failed", percent=40)
    expect(widget_row(page, 900)).to_contain_text("Failed")
    assert widget_row(page, 900).locator("progress").evaluate("bar => bar.value") == 40


def test_an_end_of_which_nobody_knows_how_far_it_got_has_no_bar(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, percent=None, counts={})
    expect(widget_row(page, 900).locator("progress")).to_be_visible()
    push(page, revision=6, status="cancelled", percent=None, counts={}, completed_at="2026-01-01T10:00:09+00:00")
    expect(widget_row(page, 900)).to_contain_text("Cancelled")
    expect(widget_row(page, 900).locator("progress")).to_be_hidden()
    expect(page.locator(".widget-under-way")).to_be_hidden()


def test_a_clock_that_waits_says_so_and_what_never_began_shows_none(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    clock = widget_row(page, 900).locator("[data-slot=elapsed]")
    push(page, status="queued", started_at=None)
    expect(clock).to_contain_text("waiting ")
    expect(page.locator(".widget-under-way")).to_be_visible()
    push(page, revision=6, status="cancelled", started_at=None, completed_at="2026-01-01T10:00:24+00:00")
    expect(clock).to_have_text(NO_CLOCK)


def test_late_news_never_moves_a_row_backwards(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, revision=5, counts={"total": 10, "processed": 4})
    push(page, revision=4, counts={"total": 10, "processed": 3})
    expect(widget_row(page, 900)).to_contain_text("4 of 10")


def test_late_news_does_not_wake_an_ended_run(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, revision=5)
    push(page, revision=6, status="completed")
    push(page, revision=7, status="running")
    expect(widget_row(page, 900)).to_contain_text("Completed")


def test_a_label_with_markup_is_shown_as_text(open_desk: OpenDesk) -> None:
    page = open_desk("/")
    push(page, label="<img src=x onerror=alert(1)>")
    expect(widget_row(page, 900)).to_contain_text("<img src=x")
    assert page.locator("#widget img").count() == 0


def test_a_run_of_another_workspace_is_not_heard_of(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/")
    make_run(make_tenant())
    seen = make_run(desk.tenant)
    expect(widget_row(page, seen.id)).to_be_visible()
    expect(page.locator("#widget [data-run-id]")).to_have_count(1)


def test_elapsed_time_ticks_without_news(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/")
    clock = widget_row(page, run.id).locator("[data-slot=elapsed]")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)


def test_the_end_of_ones_own_run_rings_the_bell_once(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk("/")
    traffic = watch_traffic(page)
    own, other = make_running_run(desk.tenant, desk.owner), make_running_run(desk.tenant, make_member(desk.tenant))
    end(other.id)
    end(own.id, Outcome.FAILED)
    expect(page.locator("#bell")).to_have_attribute("data-unread", "1")
    toast = page.locator("[data-toast]")
    expect(toast).to_have_count(1)
    expect(toast.get_by_role("link")).to_have_attribute("href", f"/operations/{own.id}")
    assert traffic.paths == []


def test_the_folded_widget_stays_folded_on_the_next_page(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_running_run(desk.tenant)
    page = open_desk("/")
    page.locator(".widget-summary").click()
    expect(widget_row(page, run.id)).to_be_hidden()
    page.goto(f"{desk.url}/operations")
    expect(page.locator(".widget-summary")).to_be_visible()
    expect(widget_row(page, run.id)).to_be_hidden()


def hidden_runs(page: Page) -> Locator:
    return page.locator("#widget [data-slot='more']")


def test_rows_that_are_pushed_obey_the_same_bound_as_rows_that_are_rendered(desk: Desk, open_desk: OpenDesk) -> None:
    runs = [make_running_run(desk.tenant) for _ in range(49)]
    page = open_desk("/")
    pushed = [make_running_run(desk.tenant) for _ in range(3)]
    rows, number = page.locator("#widget [data-slot='rows'] > li"), page.locator("#widget [data-slot='active-count']")
    expect(number).to_have_text("52")
    expect(rows).to_have_count(50)
    expect(hidden_runs(page)).to_have_text("and 2 more in Operations")
    page.reload()
    expect(number).to_have_text("52")
    expect(hidden_runs(page)).to_have_text("and 2 more in Operations")
    end(runs[0].id)
    expect(number).to_have_text("51")
    expect(hidden_runs(page)).to_have_text("and 1 more in Operations")
    assert pushed


def test_what_is_started_is_seen_however_many_wait_and_another_gives_way(desk: Desk, open_desk: OpenDesk) -> None:
    running = make_running_run(desk.tenant)
    waiting = [make_run(desk.tenant) for _ in range(49)]
    page = open_desk("/")
    started = make_run(desk.tenant)
    expect(page.locator("#widget [data-slot='rows'] > li").first).to_have_attribute("data-run-id", str(started.id))
    expect(widget_row(page, waiting[0].id)).to_have_count(0)
    expect(widget_row(page, running.id)).to_be_visible()
    shown = page.locator("#widget [data-slot='rows'] > li").evaluate_all("rows => rows.map(row => row.dataset.runId)")
    page.reload()
    expect(page.locator("#widget [data-slot='rows'] > li")).to_have_count(50)
    assert (
        page.locator("#widget [data-slot='rows'] > li").evaluate_all("rows => rows.map(row => row.dataset.runId)")
        == shown
    )


def test_a_row_that_leaves_makes_room_for_one_that_had_none(desk: Desk, open_desk: OpenDesk) -> None:
    runs = [make_running_run(desk.tenant) for _ in range(50)]
    page = open_desk("/")
    started = make_running_run(desk.tenant)
    expect(hidden_runs(page)).to_be_visible()
    expect(widget_row(page, runs[0].id)).to_have_count(0)
    end(started.id)
    expect(widget_row(page, runs[0].id)).to_be_visible(timeout=12_000)
    expect(hidden_runs(page)).to_be_hidden()
    expect(widget_row(page, started.id)).to_have_count(0)
