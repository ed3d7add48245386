"""Two web and two worker processes behind a real nginx, as docs/deploy.md puts them up (R50)."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, url_for
from playwright.sync_api import expect
from redis import Redis
from requests.adapters import HTTPAdapter
from sqlalchemy import select

from ops_admin.access.models import DbTenant
from ops_admin.access.queries import get_tenant
from ops_admin.infra.database import db
from ops_admin.intune.policies.exports import WrittenFile, record_export
from ops_admin.runs import queries
from ops_admin.runs.queries import get_run
from tests.browser.test_look_widget import widget_row
from tests.support.application import dispose, make_app, make_settings
from tests.support.browser import NewPage, sign_in_page
from tests.support.collector import Collector, Sent, running_collector
from tests.support.engines import PostgresServer
from tests.support.environment import CONTOSO, DEMO_PASSWORD, FABRIKAM, OWNER
from tests.support.factories import make_completed_run
from tests.support.network import poll_until
from tests.support.nginx import TOKEN as TOKEN_OF_PROMETHEUS
from tests.support.nginx import Site, running_site
from tests.support.processes import running_console
from tests.support.sockets import SESSION_COOKIE, Listener

pytestmark = [pytest.mark.xdist_group("nginx"), pytest.mark.timeout(240)]

LARGE = 48 * 1024 * 1024
LIVE = "#connection[data-state=live]"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresServer,
    postgres_template: str,
    redis_server: str,
    collector: Collector,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    postgres_server.execute(f"create database site template {postgres_template}")
    settings = {"OPS_ADMIN_DATABASE_URL": postgres_server.url("site"), "OPS_ADMIN_REDIS_URL": redis_server}
    with running_console(folder, **settings) as console:
        console.start_simulator()
        console.seed()
        console.environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with running_site(folder, console, webs=2, workers=2) as site:
            yield site


@pytest.fixture
def elsewhere(site: Site) -> Iterator[Flask]:
    """The site's ledger, read from this process."""
    folder = Path(site.console.environment["OPS_ADMIN_DATA_DIR"])
    app = make_app(make_settings(folder, site.console.database_url))
    with app.app_context():
        yield app
    dispose(app)


class FromAddress(HTTPAdapter):
    """Connects from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


class Visitor:
    """A browser that comes from `address`."""

    def __init__(self, site: Site, address: str = "127.0.0.1") -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(site.certificate)
        self.session.mount(site.url, FromAddress(address))

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(f"{self.site.url}{path}", timeout=60, allow_redirects=False, **options)

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        headers = {"Referer": self.site.url, **(headers or {})}
        form = {**fields, "csrf_token": self.token()}
        url = f"{self.site.url}{path}"
        return self.session.post(url, form, headers=headers, timeout=60, allow_redirects=False)

    def token(self) -> str:
        found = TOKEN.search(self.session.get(f"{self.site.url}/login", timeout=60).text)
        assert found is not None, "the page has no form"
        return found[1]

    def sign_in(self, email: str = OWNER, password: str = DEMO_PASSWORD, **headers: str) -> requests.Response:
        return self.post("/login", headers, email=email, password=password)

    def start(self, tenant_id: int, operation: str = "directory") -> requests.Response:
        return self.post(f"/tenants/{tenant_id}/{operation}/sync", {"Accept": "application/json"})

    def listener(self) -> Listener:
        """A socket that comes through nginx like any other request."""
        listener = Listener(self.site.url, self.session.cookies[SESSION_COOKIE])
        listener.client.eio.ssl_verify = False
        return listener.connect()


@pytest.fixture
def owner(site: Site) -> Visitor:
    visitor = Visitor(site)
    assert visitor.sign_in().status_code == 302
    return visitor


def tenant_ids() -> dict[str, int]:
    db.session.rollback()
    return {row.external_id: row.id for row in db.session.execute(select(DbTenant.id, DbTenant.external_id))}


def test_browsers_on_either_web_process_hear_a_start_on_any(site: Site, owner: Visitor, elsewhere: Flask) -> None:
    with ExitStack() as stack:
        tabs = [owner.listener() for _ in range(6)]
        for tab in tabs:
            stack.callback(tab.disconnect)
        poll_until(lambda: all(web.sockets() >= 2 for web in site.webs), message="the sockets pile up on one process")
        answer = owner.start(tenant_ids()[CONTOSO])
        assert answer.status_code == 202
        for tab in tabs:
            tab.wait_for("run-enqueued", answer.json()["run_id"])
            tab.wait_for("run-completed", answer.json()["run_id"])


def test_cookies_and_addresses_are_those_of_the_outer_side(site: Site) -> None:
    answer = Visitor(site).sign_in()
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    plain = requests.get(f"http://localhost:{site.http_port}/operations", timeout=10, allow_redirects=False)
    assert plain.headers["Location"].startswith("https://localhost")


@pytest.mark.parametrize("forged", ["evil.example", "evil.example:443", "localhost.evil.example"])
def test_no_page_is_made_under_another_name(site: Site, forged: str) -> None:
    for address in (f"http://localhost:{site.http_port}/operations", f"{site.url}/login"):
        trusted = str(site.certificate)
        answer = requests.get(address, headers={"Host": forged}, timeout=10, allow_redirects=False, verify=trusted)
        assert answer.status_code == 421
        assert "evil" not in f"{answer.headers}{answer.text}"


def test_nobody_chooses_the_address_under_which_guesses_are_counted(site: Site) -> None:
    """Each guess claims to come from elsewhere; only the address that nginx sees counts."""
    guess = Visitor(site, "127.0.0.66").sign_in("nobody@demo.example", "wrong", **{"X-Forwarded-For": "10.9.8.7"})
    assert guess.status_code == 401
    with Redis.from_url(site.console.environment["OPS_ADMIN_REDIS_URL"]) as redis:
        counters = b" ".join(redis.scan_iter("*"))
    assert b"127.0.0.66" in counters
    assert b"10.9.8.7" not in counters


def test_metrics_are_not_shown_to_the_world(site: Site) -> None:
    headers = {"Authorization": f"Bearer {TOKEN_OF_PROMETHEUS}"}
    assert Visitor(site).get("/metrics", headers=headers).status_code == 404


def test_one_id_leads_from_the_proxy_to_the_end_of_the_run(site: Site, owner: Visitor, elsewhere: Flask) -> None:
    answer = owner.start(tenant_ids()[FABRIKAM], "inventory")
    request_id, run_id = answer.headers["X-Request-ID"], answer.json()["run_id"]
    poll_until(lambda: ended(run_id), timeout=60)
    assert request_id in site.web_log()
    lines = poll_until(lambda: found if len(found := lines_of(site, request_id)) >= 4 else None)
    messages = [line["message"] for line in lines]
    assert f"run {run_id} is queued" in messages
    last = next(line for line in lines if line["message"] == f"run {run_id} ended as succeeded")
    assert (last["run_id"], last["operation"], last["attempt"]) == (run_id, "inventory.sync", 1)


def test_one_trace_holds_what_both_processes_did(
    site: Site, owner: Visitor, elsewhere: Flask, collector: Collector
) -> None:
    run_id = owner.start(tenant_ids()[FABRIKAM]).json()["run_id"]
    poll_until(lambda: ended(run_id), timeout=60)
    spans = poll_until(lambda: whole_trace(collector, "run directory.groups.sync"), message=f"sent: {collector.spans}")
    assert {span.process.partition("-")[0] for span in spans} == {"web", "worker"}


def test_the_workers_tell_what_they_did(site: Site, owner: Visitor, elsewhere: Flask) -> None:
    run_id = owner.start(tenant_ids()[CONTOSO]).json()["run_id"]
    poll_until(lambda: ended(run_id), timeout=60)
    wanted = (
        'ops_admin_runs_ended_total{outcome="succeeded",type="directory.groups.sync"}',
        'ops_admin_graph_calls_total{method="GET",outcome="200"}',
        'ops_admin_events_sent_total{event="run-completed"}',
    )
    # A worker counts the end of a run after the commit that `ended` waits for.
    poll_until(lambda: all(each in site.worker_metrics() for each in wanted), message=f"not all of {wanted}")
    refused = requests.get(f"http://127.0.0.1:{site.worker_ports[0]}/metrics", timeout=10)
    assert (refused.status_code, "ops_admin_" in refused.text) == (401, False)
    assert requests.get(f"http://127.0.0.1:{site.worker_ports[0]}/healthz", timeout=10).json() == {"status": "ok"}


def test_a_large_download_streams(site: Site, owner: Visitor, elsewhere: Flask) -> None:
    """It is taken at the pace of the reader: nothing of it waits on the disk of nginx."""
    run_id = make_large_export(Path(site.console.environment["OPS_ADMIN_DATA_DIR"]))
    with elsewhere.test_request_context():
        path = url_for("policies.download_export", tenant_id=tenant_ids()[CONTOSO], run_id=run_id)
    answer = owner.get(path, stream=True)
    assert answer.status_code == 200
    pieces = answer.iter_content(1024 * 1024)
    first = len(next(pieces))
    assert site.held_on_disk() == 0
    assert first + sum(map(len, pieces)) == LARGE


def test_every_process_can_be_replaced_while_people_work(
    site: Site, owner: Visitor, elsewhere: Flask, new_page: NewPage
) -> None:
    page = new_page(ignore_https_errors=True)
    sign_in_page(page, site.url, OWNER)
    page.wait_for_selector(LIVE)
    tabs = [owner.listener() for _ in range(4)]
    with Stream(owner, list(tenant_ids().values())[:2]) as stream:
        for machine in (0, 1):
            site.replace_machine(machine)
            stream.go_on()
    assert set(stream.codes) <= {200, 202}, stream.codes
    poll_until(lambda: all(map(ended, stream.run_ids)), timeout=60, message="a run was lost")
    assert {code for run in stream.run_ids for code in codes_of(run)} == set()
    for tab in tabs:
        tab.wait_for_end()
    page.wait_for_selector(LIVE, timeout=30_000)
    again = owner.start(tenant_ids()[CONTOSO], "inventory").json()["run_id"]
    expect(widget_row(page, again)).to_contain_text("Completed", timeout=30_000)


class Stream:
    """Somebody who starts one operation after the other, as fast as they are answered."""

    def __init__(self, visitor: Visitor, tenants: list[int]) -> None:
        self._visitor, self._tenants = visitor, tenants
        self._token = visitor.token()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.codes: list[int] = []
        self.run_ids: set[int] = set()

    def __enter__(self) -> "Stream":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(90)
        assert not self._thread.is_alive()

    def go_on(self) -> None:
        """Wait until a few more starts were answered."""
        wanted = len(self.codes) + 4
        poll_until(lambda: len(self.codes) >= wanted, timeout=60, message="starts are not answered any more")

    def _run(self) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            answer = self._start(self._tenants[number % len(self._tenants)])
            self.codes.append(answer.status_code)
            if answer.ok:
                self.run_ids.add(answer.json()["run_id"])
            time.sleep(0.05)

    def _start(self, tenant_id: int) -> requests.Response:
        site = self._visitor.site
        headers = {"Referer": site.url, "Accept": "application/json", "X-CSRFToken": self._token}
        url = f"{site.url}/tenants/{tenant_id}/directory/sync"
        return self._visitor.session.post(url, headers=headers, timeout=60, allow_redirects=False)


def ended(run_id: int) -> bool:
    db.session.rollback()
    return get_run(run_id).status == "completed"


def whole_trace(collector: Collector, name: str) -> list[Sent]:
    spans = collector.trace_with(name)
    return spans if {"POST", "finish"} <= {span.name for span in spans} else []


def codes_of(run_id: int) -> set[str]:
    assert len([line for line in queries.transitions_of(run_id) if line.to_status == "completed"]) == 1
    return {failure.code for failure in get_run(run_id).failures}


def lines_of(site: Site, request_id: str) -> list[dict[str, Any]]:
    lines = [line for text in site.console.logs().values() for line in text.splitlines() if request_id in line]
    return [json.loads(line) for line in lines]


def make_large_export(data_dir: Path) -> int:
    tenant_id = tenant_ids()[CONTOSO]
    run = make_completed_run(get_tenant(tenant_id), type="policies.export")
    path = data_dir / "files" / "exports" / "large.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(LARGE)
    record_export(tenant_id, run.id, WrittenFile("local", "exports/large.zip", "large.zip", LARGE, 1))
    return run.id
