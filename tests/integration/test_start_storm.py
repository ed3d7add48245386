"""However many people press the same button at once, in however many processes, one run is made (R5, R14)."""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, text

from tests.support.environment import CONTOSO, DEMO_PASSWORD, OWNER
from tests.support.processes import Console, running_console

STARTS = 200
WEB_PROCESSES = 3


@dataclass(frozen=True)
class Answer:
    """The answer to one start."""

    status: int
    created: bool
    run_id: int
    url: str


@pytest.fixture(params=["sqlite", "postgresql"])
def console_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once for each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ops_admin.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


def test_of_200_concurrent_identical_starts_one_makes_the_run(console_url: str, tmp_path: Path) -> None:
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=console_url) as console:
        console.prepare()
        for _ in range(WEB_PROCESSES):
            console.start_web()
        answers = storm(console)
        rows = stored_runs(console.database_url)
    assert Counter(answer.created for answer in answers) == {True: 1, False: STARTS - 1}
    assert {answer.run_id for answer in answers} == {rows[0]}
    assert {answer.url for answer in answers} == {f"/operations/{rows[0]}"}
    assert Counter(answer.status for answer in answers) == {202: 1, 200: STARTS - 1}
    assert len(rows) == 1


def storm(console: Console) -> list[Answer]:
    """Send all starts at the same moment, spread over the web processes."""
    tenant_id = value(console.database_url, f"select id from tenants where external_id = '{CONTOSO}'")
    browsers = [signed_in(url) for url in console.base_urls]
    ready = threading.Barrier(STARTS)

    def press(number: int) -> Answer:
        cookies, token = browsers[number % WEB_PROCESSES]
        url = f"{console.base_urls[number % WEB_PROCESSES]}/tenants/{tenant_id}/inventory/sync"
        headers = {"Accept": "application/json", "X-CSRFToken": token}
        ready.wait()
        response = requests.post(url, cookies=cookies, headers=headers, timeout=60, allow_redirects=False)
        body = response.json()
        return Answer(response.status_code, body["created"], body["run_id"], body["url"])

    with ThreadPoolExecutor(STARTS) as pool:
        return list(pool.map(press, range(STARTS)))


def signed_in(base_url: str) -> tuple[dict[str, str], str]:
    """Sign in as the owner and return the browser's cookies and CSRF token."""
    browser = requests.Session()
    form = {"email": OWNER, "password": DEMO_PASSWORD, "csrf_token": csrf_token(browser.get(f"{base_url}/login").text)}
    page = browser.post(f"{base_url}/login", data=form)
    assert page.url.rstrip("/") == base_url, page.text
    return browser.cookies.get_dict(), csrf_token(page.text)


def csrf_token(page: str) -> str:
    """The CSRF token in the page's forms."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def stored_runs(database_url: str) -> list[int]:
    """The ids of all runs."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        rows = list(connection.execute(text("select id from operation_runs")).scalars())
    engine.dispose()
    return rows


def value(database_url: str, query: str) -> int:
    """The single number that `query` returns."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found: int = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return found
