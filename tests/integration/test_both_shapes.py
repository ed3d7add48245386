"""The console as real processes: all in one on SQLite, or many on PostgreSQL and Redis (R50)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from tests.support.browser import NewPage, Traffic, sign_in_page, watch_traffic
from tests.support.environment import CONTOSO, MANAGER, OUTSIDER, OWNER
from tests.support.processes import Console

# Slow enough for a browser to see progress, fast enough for a test.
LATENCY_SECONDS = 0.08


@pytest.fixture(params=["embedded", "scaled"])
def console(request: pytest.FixtureRequest) -> Console:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Console)
    return found


def test_every_web_process_is_ready(console: Console) -> None:
    for base_url in console.base_urls:
        assert requests.get(f"{base_url}/readyz", timeout=10).status_code == 200
        assert requests.get(f"{base_url}/healthz", timeout=10).status_code == 200


def test_one_clicks_and_the_other_sees_it_appear_move_and_leave(console: Console, new_page: NewPage) -> None:
    tenant_id = number(console, f"select id from tenants where external_id = '{CONTOSO}'")
    clicks = open_page(new_page(), console.base_urls[0], OWNER, f"/tenants/{tenant_id}")
    # Another user, on another page, on another web process if there is one.
    watches = open_page(new_page(), console.base_urls[-1], MANAGER, "/notifications")
    outsider = open_page(new_page(), console.base_urls[-1], OUTSIDER, "/")
    traffic, foreign = watch_traffic(watches), watch_traffic(outsider)
    with slow_graph(console):
        clicks.get_by_role("button", name="Sync inventory").click()
        toast = clicks.locator("[data-toast]").first
        expect(toast).to_contain_text("Queued")
        run_id = int(re.findall(r"/operations/(\d+)$", toast.get_by_role("link").get_attribute("href") or "")[0])
        row = watches.locator(f"#widget [data-run-id='{run_id}']")
        expect(row).to_contain_text("Running")
        expect(row).to_contain_text(re.compile(r"[1-9]\d* of \d+"))
        expect(row).to_contain_text("Completed", timeout=30_000)
    expect(watches.locator("#widget")).to_be_hidden(timeout=15_000)
    assert_silent(traffic, foreign)
    assert outsider.locator("#widget [data-run-id]").count() == 0
    expect(clicks.locator("#bell")).to_have_attribute("data-unread", "1")
    assert number(console, f"select count(*) from notifications where operation_run_id = {run_id}") == 1
    assert number(console, f"select count(*) from policies where tenant_id = {tenant_id}") > 40


def open_page(page: Page, base_url: str, email: str, path: str) -> Page:
    """Sign in, open a page, and wait until it is live and has resynced."""
    sign_in_page(page, base_url, email)
    page.goto(f"{base_url}{path}")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.wait_for_load_state("networkidle")
    return page


def assert_silent(*traffics: Traffic) -> None:
    for traffic in traffics:
        assert traffic.paths == []
        assert traffic.websockets == []


@contextmanager
def slow_graph(console: Console) -> Iterator[None]:
    """Let the simulated tenant answer slowly while the block runs."""
    settings = f"{console.simulator_url}/_sim/settings"
    requests.put(settings, json={"latency": LATENCY_SECONDS}, timeout=10).raise_for_status()
    try:
        yield
    finally:
        requests.put(settings, json={"latency": 0}, timeout=10).raise_for_status()


def number(console: Console, query: str) -> int:
    """The single number that `query` returns from the console's database."""
    engine = create_engine(console.database_url)
    with engine.connect() as connection:
        found: int = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return found
