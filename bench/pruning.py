"""`make bench-pruning`: measures how pruning a large ledger affects those who read and start runs (R48)."""

import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.machine import describe
from bench.samples import Summary, summary_of
from ops_admin.access.queries import Tenant, User, find_tenant_by_external_id, find_user_by_email
from ops_admin.app import create_app
from ops_admin.config import Settings
from ops_admin.infra.database import db, transaction
from ops_admin.runs import queries, service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from ops_admin.runs.worker import execution, pruning
from tests.support.databases import migrate_database
from tests.support.engines import running_postgres
from tests.support.environment import CONTOSO, DEMO_PASSWORD, OWNER, console_environment

KEPT_DAYS = 30
READY = "ready"
# Like a real ledger: each has three lines of history, every third an unread notification.
RUNS = """
    insert into operation_runs (workspace_id, tenant_id, user_id, initiator_name, type, status, outcome,
      run_identity_hash, summary_counts, failure_summary, context, created_at, updated_at, started_at, completed_at)
    SERIES
    select :workspace, :tenant, :user, 'Olivia Owner',
      case n % 4 when 0 then 'backup.create' when 1 then 'directory.groups.sync' else 'inventory.sync' end,
      'completed', case n % 10 when 0 then 'failed' else 'succeeded' end, 'hash-' || n,
      '{"total": 100}', '[]', '{}', AT, AT, AT, AT
    from series
"""
HISTORY = """
    insert into operation_run_transitions (operation_run_id, from_status, to_status, outcome, at, actor)
    select id, 'queued', step, outcome, completed_at, 'worker' from operation_runs
    cross join (select 'queued' as step union all select 'running' union all select 'completed') as steps
"""
INBOX = """
    insert into notifications (user_id, workspace_id, operation_run_id, title, body, level, created_at)
    select user_id, workspace_id, id, 'Inventory sync succeeded', '100 of 100', 'success', completed_at
    from operation_runs where id % 3 = 0
"""
SERIES = {
    "sqlite": "with recursive series(n) as (select 1 union all select n + 1 from series where n < :runs)",
    "postgresql": "with series as (select generate_series(1, :runs) as n)",
}
# The oldest was created half a year ago, the newest today.
AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ((:runs - n) * 180.0 / :runs) || ' days')",
    "postgresql": "now() - (:runs - n) * interval '180 days' / :runs",
}


@click.group()
def main() -> None:
    """Measure how pruning affects everybody else."""


@main.command()
@click.option("--runs", type=click.IntRange(1000), default=1_000_000, show_default=True)
@click.option("--seconds", type=float, default=15, show_default=True, help="How long to measure without pruning.")
@click.option("--engine", "engines", type=click.Choice(sorted(AT)), multiple=True, default=sorted(AT))
def measure(runs: int, seconds: float, engines: tuple[str, ...]) -> None:
    """Fill a ledger with RUNS, and measure pages and starts without and with pruning."""
    click.echo(describe())
    for engine in engines:
        with _fresh(engine) as environment:
            _measure(engine, environment, runs, seconds)


@main.command()
@click.argument("what", type=click.Choice(["read", "start"]))
def beside(what: str) -> None:
    """Repeat one action until standard input closes; print how long each took."""
    app = create_app(Settings.from_env())
    with app.app_context():
        tenant, user = _demo()
        # Otherwise the snapshot of this query would stay open as long as the process, unlike a page's.
        db.session.rollback()
        act = _reader(app.test_client()) if what == "read" else _starter(tenant.id, Actor.user(user))
        click.echo(json.dumps(list(_times(act))))


def _measure(engine: str, environment: dict[str, str], runs: int, seconds: float) -> None:
    settings = Settings.from_env(environment)
    with create_app(settings).app_context():
        took = _timed(lambda: _fill(engine, runs))
        click.echo(f"\n{engine}: a ledger of {runs:,} runs, filled in {took:.0f} s")
        alone = _beside(environment, lambda: time.sleep(seconds))
        tenant, _ = _demo()
        run = pruning.start_prune(tenant.workspace_id, KEPT_DAYS).run
        pruned = []
        during = _beside(environment, lambda: pruned.append(_timed(lambda: execution.execute(run.id))))
        took = pruned[0]
        ended = queries.get_run(run.id)
        click.echo(
            f"  {ended.outcome}: {ended.counts['deleted']:,} of {ended.counts['processed']:,} old runs pruned in"
        )
        click.echo(
            f"  {took:.0f} s, {ended.counts['deleted'] / took:,.0f} a second; history and notifications with them"
        )
        for what, before in alone.items():
            _report(what, before, during[what])


def _report(what: str, before: Summary, during: Summary) -> None:
    ratios = f"p50 {during.p50 / before.p50:.2f} times, p95 {during.p95 / before.p95:.2f} times"
    click.echo(f"  {what:>5}: {_words(before)} alone, {_words(during)} beside: {ratios}")


def _words(summary: Summary) -> str:
    return f"{summary.p50:.1f} ms (p95 {summary.p95:.1f}, worst {summary.worst:.0f}, {summary.count} times)"


def _beside(environment: dict[str, str], work: Callable[[], object]) -> dict[str, Summary]:
    """Let one process read pages and another start runs during `work`; return how long those took."""
    program = [sys.executable, "-m", "bench.pruning", "beside"]
    pipe = subprocess.PIPE
    others = {
        what: subprocess.Popen([*program, what], env=environment, stdin=pipe, stdout=pipe, text=True)  # noqa: S603  # ours
        for what in ("read", "start")
    }
    try:
        for process in others.values():
            if process.stdout is None or process.stdout.readline().strip() != READY:
                raise click.ClickException("what is to be measured did not begin")
        work()
    finally:
        outputs = {what: process.communicate()[0] for what, process in others.items()}
    return {what: summary_of(json.loads(output)) for what, output in outputs.items()}


def _times(act: Callable[[], object]) -> Iterator[float]:
    over = threading.Event()
    threading.Thread(target=_wait_for_end_of_input, args=(over,), daemon=True).start()
    act()  # the first one loads what later ones find loaded
    click.echo(READY)
    while not over.wait(0.02):
        yield _timed(act)


def _wait_for_end_of_input(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def _reader(client: FlaskClient) -> Callable[[], object]:
    """Return a function that reads the list, the failed runs and the inbox in turn, as a signed-in user."""
    token = client.get("/login").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post("/login", data={"email": OWNER, "password": DEMO_PASSWORD, "csrf_token": token})
    if answer.status_code != 302:
        raise click.ClickException(f"{OWNER} could not sign in: {answer.status}")
    pages = itertools.cycle(["/operations", "/operations?state=failed", "/notifications"])

    def read() -> None:
        answer = client.get(next(pages))
        if answer.status_code != 200:
            raise click.ClickException(f"a page answered {answer.status}")

    return read


def _starter(tenant_id: int, actor: Actor) -> Callable[[], object]:
    """Return a function that starts a run, and cancels it so that the next start makes a new one."""

    def start_and_cancel() -> None:
        started = start("inventory.sync", actor=actor, tenant_id=tenant_id)
        service.request_cancel(started.run.id, actor)

    return start_and_cancel


def _fill(engine: str, runs: int) -> None:
    tenant, user = _demo()
    given = {"runs": runs, "workspace": tenant.workspace_id, "tenant": tenant.id, "user": user.id}
    with transaction() as session:
        session.execute(text(RUNS.replace("SERIES", SERIES[engine]).replace("AT", AT[engine])), given)
        session.execute(text(HISTORY))
        session.execute(text(INBOX))
        session.execute(text("analyze"))
    if engine == "sqlite":  # move the data from the write-ahead log into the file; no transaction may be open
        with contextlib.closing(db.engine.raw_connection()) as connection:
            connection.cursor().execute("pragma wal_checkpoint(truncate)")


def _demo() -> tuple[Tenant, User]:
    tenant, user = find_tenant_by_external_id(CONTOSO), find_user_by_email(OWNER)
    if tenant is None or user is None:
        raise click.ClickException("the database is not seeded")
    return tenant, user


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


@contextlib.contextmanager
def _fresh(engine: str) -> Iterator[dict[str, str]]:
    """Yield the environment of a console on a fresh, seeded database of that engine."""
    with tempfile.TemporaryDirectory(prefix="ops-admin-pruning-") as name:
        folder = Path(name)
        if engine == "sqlite":
            yield _seeded(folder, f"sqlite:///{folder / 'ops_admin.db'}")
            return
        with running_postgres() as server:
            server.execute("create database pruning")
            yield _seeded(folder, server.url("pruning"))


def _seeded(folder: Path, url: str) -> dict[str, str]:
    migrate_database(url, folder)
    environment = console_environment(folder, OPS_ADMIN_DATABASE_URL=url)
    program = Path(sys.executable).with_name("ops-admin")
    subprocess.run([program, "seed"], env=environment, check=True, capture_output=True)  # noqa: S603  # our own program
    return environment


if __name__ == "__main__":
    main()
