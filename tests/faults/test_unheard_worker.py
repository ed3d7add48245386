"""A worker without its Redis works as usual; pages say that they do not receive everything, and poll (R27)."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.faults.installation import Installation, Post, running_installation
from tests.faults.traffic import Person
from tests.support.browser import NewPage, sign_in_page
from tests.support.environment import OWNER
from tests.support.network import free_port

PATIENCE = 60_000


@pytest.fixture
def installation(tmp_path: Path, sqlite_url: str, redis_url: str) -> Iterator[Installation]:
    """One web process, and no worker yet."""
    with running_installation(tmp_path, sqlite_url, workers=0, OPS_ADMIN_REDIS_URL=redis_url) as installation:
        yield installation


def add_unheard_worker(installation: Installation) -> Post:
    settings = installation.console.environment
    right = settings["OPS_ADMIN_REDIS_URL"]
    settings["OPS_ADMIN_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    try:
        return installation.add_worker()
    finally:
        settings["OPS_ADMIN_REDIS_URL"] = right


def wait_until(page: Page, state: str) -> None:
    page.wait_for_selector(f"#connection[data-state={state}]", timeout=PATIENCE)


def see_completed(page: Page, run_id: int | None) -> None:
    """The widget shows a run's end for a few seconds."""
    expect(page.locator(f'#widget [data-run-id="{run_id}"]')).to_contain_text("Completed", timeout=PATIENCE)


def test_a_page_asks_beside_a_worker_that_cannot_tell_it_and_hears_again_when_one_can(
    installation: Installation, new_page: NewPage
) -> None:
    person = Person(installation.console.base_urls, OWNER, random.Random(1)).sign_in()  # noqa: S311  # no secret
    page = new_page()
    sign_in_page(page, installation.console.base_url, OWNER)
    wait_until(page, "live")
    unheard = add_unheard_worker(installation)
    wait_until(page, "partial")
    see_completed(page, person.post("/tenants/1/directory/sync"))
    unheard.holder.stop()
    installation.add_worker()
    wait_until(page, "live")
    see_completed(page, person.post("/tenants/1/inventory/sync", {"types": ["intents"]}))
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
