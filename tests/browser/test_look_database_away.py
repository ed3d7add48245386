"""While the database is away open pages say so, ask nobody, and come back by themselves (R27)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ops_admin.infra.database import db
from ops_admin.runs import service
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_widget import widget_row
from tests.faults.engines import CRASH, OwnPostgres, own_postgres
from tests.support.browser import watch_traffic
from tests.support.databases import migrate_database
from tests.support.factories import make_running_run


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture
def database_url(postgres: OwnPostgres, tmp_path: Path) -> str:
    """A PostgreSQL that the test may stop and start."""
    postgres.server.execute("create database away")
    url = postgres.server.url("away")
    migrate_database(url, tmp_path)
    return url


def test_a_page_says_that_the_database_is_away_and_is_live_again_with_it(
    postgres: OwnPostgres, desk: Desk, open_desk: OpenDesk
) -> None:
    run = make_running_run(desk.tenant, desk.owner)
    page = open_desk("/notifications")
    page.wait_for_load_state("networkidle")
    traffic = watch_traffic(page)
    connection = page.locator("#connection")

    postgres.stop(CRASH)
    expect(connection).to_have_attribute("data-state", "away", timeout=30_000)
    expect(connection).to_contain_text("Not live: no database")
    expect(page.locator("#widget")).to_contain_text("cannot reach its database")
    page.wait_for_timeout(4000)  # it goes on trying, and asks for no page meanwhile
    expect(connection).to_have_attribute("data-state", "away")
    assert traffic.paths == []

    postgres.start()
    db.session.remove()
    service.advance(run, {"total": 8, "processed": 4})
    expect(connection).to_have_attribute("data-state", "live", timeout=60_000)
    expect(widget_row(page, run.id)).to_contain_text("4 of 8")
    expect(page.locator("#widget")).not_to_contain_text("database")
    assert traffic.paths.count("GET /operations/active") == 1
