"""`python -m bench.long_ledger`: the pages of the ledger with ten thousand and with a million runs.

Measured is the server's own time, in one process and without a network, in turns with the same table in Flask-Admin.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text
from sqlalchemy.orm import scoped_session, sessionmaker

from bench.ledgers import fill
from bench.machine import describe, load
from bench.samples import Summary, summary_of
from bench.shapes import SHAPES, Shape
from ops_admin.app import create_app
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.runs.models import DbOperationRun
from tests.support.clients import ConsoleClient

OWNER = "owner@demo.example"
AIM_MS, AIM_GROWTH, AIM_PEER = 30, 1.5, 10
_WARMING = 3
_WIDE_ENOUGH = 180

PEER = "Flask-Admin: the list"
PEER_FILTERED = "Flask-Admin: failed runs"


@dataclass(frozen=True)
class Page:
    """A page of the console, and the equivalent page of Flask-Admin, if there is one."""

    name: str
    address: str
    peer: str | None = None


def pages(run_id: int, tenant_id: int) -> list[Page]:
    """Return the measured pages: the list with each of its filters, and the other pages that read the ledger."""
    return [
        Page("list", "/operations", PEER),
        Page("state failed", "/operations?state=failed", PEER_FILTERED),
        Page("state cancelled", "/operations?state=cancelled"),
        Page("state partial", "/operations?state=partial"),
        Page("state completed", "/operations?state=completed"),
        Page("state running", "/operations?state=running"),
        Page("type, often run", "/operations?type=inventory.sync"),
        Page("type, seldom run", "/operations?type=restore.execute"),
        Page("one tenant, busy", f"/operations?tenant={tenant_id}"),
        Page("one tenant, type", f"/operations?tenant={tenant_id}&type=restore.execute"),
        Page("initiator", "/operations?initiator=Technician+7"),
        Page("initiator unknown", "/operations?initiator=Nobody+at+all"),
        Page("last 7 days", "/operations?within=7d"),
        Page("search for a word", "/operations?q=restore"),
        Page("search for a number", f"/operations?q={run_id}"),
        Page("search for nonsense", "/operations?q=zzzzzz"),
        Page("detail", f"/operations/{run_id}"),
        Page("widget", "/operations/active"),
        Page("inbox", "/notifications"),
        Page("home", "/"),
    ]


@click.command()
@click.option("--runs", "sizes", type=int, multiple=True, default=(10_000, 1_000_000), show_default=True)
@click.option("--shape", "shapes", type=click.Choice(sorted(SHAPES)), multiple=True, default=sorted(SHAPES))
@click.option("--requests", type=click.IntRange(5), default=40, show_default=True, help="Of each page.")
def main(sizes: tuple[int, ...], shapes: tuple[str, ...], requests: int) -> None:
    """Fill ledgers of each size and time their pages."""
    click.echo(f"{describe()}; {requests} requests a page.")
    for name in shapes:
        with SHAPES[name]() as shape:
            measured = {size: _measure(shape, size, requests) for size in sorted(sizes)}
        _print(name, measured)


def _measure(shape: Shape, runs: int, requests: int) -> dict[str, Summary]:
    url = shape.databases.fresh()
    began = time.monotonic()
    fill(url, runs)
    click.echo(f"{shape.name}: {runs:,} runs written in {time.monotonic() - began:.0f} s, load {load()}", err=True)
    with _console(url, shape.folder) as app:
        client = ConsoleClient(app)
        client.sign_in(OWNER)
        busiest = _busiest_tenant(url)
        found = {}
        for page in pages(runs // 2, busiest):
            found[page.name] = summary_of(_timed(lambda page=page: _fetch(client, page.address), requests))  # type: ignore[misc]
        peer = _flask_admin(url).test_client()
        found[PEER] = summary_of(_timed(lambda: _fetch(peer, "/admin/dboperationrun/?page_size=50"), requests // 4))
        failed = "/admin/dboperationrun/?page_size=50&flt0_0=failed"
        found[PEER_FILTERED] = summary_of(_timed(lambda: _fetch(peer, failed), requests // 4))
        return found


@contextlib.contextmanager
def _console(url: str, folder: Path) -> Iterator[Flask]:
    environment = {"OPS_ADMIN_DATABASE_URL": url, "OPS_ADMIN_DATA_DIR": str(folder)}
    app = create_app(Settings.from_env(environment))
    yield app
    with app.app_context():
        db.engine.dispose()


def _flask_admin(url: str) -> Flask:
    """Create Flask-Admin on the same table, with a filter on the outcome, as its documentation shows it."""

    class RunView(ModelView):  # type: ignore[misc]
        column_filters = ("outcome",)
        column_default_sort = ("id", True)
        can_set_page_size = True

    app = Flask("bench.flask_admin")
    app.config.update(SECRET_KEY=secrets.token_hex())
    Babel(app)
    session = scoped_session(sessionmaker(create_engine(url)))
    app.teardown_appcontext(lambda _: session.remove())
    Admin(app).add_view(RunView(DbOperationRun, session))
    return app


def _busiest_tenant(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        query = "select tenant_id from operation_runs group by tenant_id order by count(*) desc limit 1"
        found = int(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return found


def _fetch(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise click.ClickException(f"{address} answered {response.status}")


def _timed(request: Callable[[], None], times: int) -> list[float]:
    for _ in range(_WARMING):
        request()
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        request()
        taken.append(time.perf_counter() - before)
    return taken


def _print(name: str, measured: dict[int, dict[str, Summary]]) -> None:
    sizes = sorted(measured)
    table = Table(box=MARKDOWN)
    table.add_column("p50 / p95 in ms")
    for size in sizes:
        table.add_column(f"{size:,} runs", justify="right")
    table.add_column("p95, largest to smallest", justify="right")
    table.add_column("p50 beside Flask-Admin")
    for page in [*pages(1, 1), Page(PEER, ""), Page(PEER_FILTERED, "")]:
        of = [measured[size][page.name] for size in sizes]
        peer = f"1 / {measured[sizes[-1]][page.peer].p50 / of[-1].p50:.1f}" if page.peer else ""
        growth = f"{of[-1].p95 / of[0].p95:.2f} x"
        table.add_row(page.name, *(f"{each.p50:.1f} / {each.p95:.1f}" for each in of), growth, peer)
    console = Console(width=_WIDE_ENOUGH)
    console.print(f"\n## {name}\n", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
