"""Generated ledgers like those of years: many tenants, few of them busy, most runs fine, a handful active."""

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import make_url

WORKSPACES = 12
TENANTS = 300
ACTIVE_RUNS = 40
YEARS = 2
_BATCH = 20_000

# How often each is run, in per cent.
_TYPES = {
    "inventory.sync": 46,
    "directory.groups.sync": 20,
    "assignments.fetch": 14,
    "backup.create": 10,
    "policies.export": 4,
    "review_pack.generate": 3,
    "restore.preview": 2,
    "restore.execute": 1,
}
# How they end, per thousand.
_OUTCOMES = {"succeeded": 930, "partially_succeeded": 40, "failed": 22, "cancelled": 8}
_INITIATORS = [f"Technician {number}" for number in range(1, 60)]

RUN_COLUMNS = [
    "id",
    "workspace_id",
    "tenant_id",
    "user_id",
    "initiator_name",
    "type",
    "status",
    "outcome",
    "run_identity_hash",
    "summary_counts",
    "failure_summary",
    "context",
    "started_at",
    "completed_at",
    "created_at",
    "updated_at",
    "revision",
    "attempt",
    "heartbeat_at",
]
TRANSITION_COLUMNS = ["operation_run_id", "from_status", "to_status", "outcome", "at", "actor", "reason"]
NOTIFICATION_COLUMNS = [
    "user_id",
    "workspace_id",
    "operation_run_id",
    "title",
    "body",
    "level",
    "created_at",
    "read_at",
]

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """A tenant and its workspace."""

    tenant_id: int
    workspace_id: int


@dataclass
class Ledger:
    """Generates runs on these places, the same for the same `seed`; `user_id` started some of them."""

    runs: int
    places: list[Place]
    user_id: int
    first_id: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  # realistic, not secret
        self._ended = datetime.now(UTC)
        self._begun = self._ended - timedelta(days=365 * YEARS)

    def rows(self) -> Iterator[tuple[Row, list[Row], list[Row]]]:
        """Yield each run with its history and its notifications, oldest first."""
        step = (self._ended - self._begun) / self.runs
        for number in range(self.runs):
            at = self._begun + number * step
            yield self._run(self.first_id + number, at, active=number >= self.runs - ACTIVE_RUNS)

    def _run(self, run_id: int, at: datetime, *, active: bool) -> tuple[Row, list[Row], list[Row]]:
        chance = self._random
        # With the third power, a tenth of the tenants has almost half of the runs.
        place = self.places[int(len(self.places) * chance.random() ** 3)]
        kind = chance.choices(list(_TYPES), list(_TYPES.values()))[0]
        outcome = "pending" if active else chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        status = chance.choice(["queued", "running"]) if active else "completed"
        by_user = chance.random() < 0.3
        name = "Owner" if by_user else chance.choice(_INITIATORS)
        done = at + timedelta(seconds=chance.expovariate(1 / 40))
        total = chance.randint(1, 400)
        failed = chance.randint(1, total) if outcome in ("partially_succeeded", "failed") else 0
        counts = {"total": total, "processed": total, "succeeded": total - failed, "failed": failed}
        failures = [{"code": "graph.throttled", "message": "Too many requests", "count": failed}] if failed else []
        digest = sha256(f"{run_id}".encode()).hexdigest()
        run = (
            run_id,
            place.workspace_id,
            place.tenant_id,
            self.user_id if by_user else None,
            name,
            kind,
            status,
            outcome,
            digest,
            json.dumps({} if active else counts),
            json.dumps(failures),
            json.dumps({"inputs": {}, "request_id": digest[:20]}),
            None if status == "queued" else at,
            None if active else done,
            at,
            at if active else done,
            3,
            1,
            self._ended if status == "running" else None,
        )
        return run, self._history(run_id, run, at, done), self._notifications(run_id, run, done) if by_user else []

    def _history(self, run_id: int, run: Row, at: datetime, done: datetime) -> list[Row]:
        name, status, outcome = run[4], run[6], run[7]
        lines: list[Row] = [(run_id, None, "queued", "pending", at, name, "")]
        if status != "queued":
            lines.append((run_id, "queued", "running", "pending", at, "worker", ""))
        if status == "completed":
            lines.append((run_id, "running", "completed", outcome, done, "worker", ""))
        return lines

    def _notifications(self, run_id: int, run: Row, done: datetime) -> list[Row]:
        if run[6] != "completed":
            return []
        read_at = done if self._random.random() < 0.9 else None
        return [(self.user_id, run[1], run_id, f"{run[5]} finished", "", "success", done, read_at)]


def fill(url: str, runs: int) -> None:
    """Fill the seeded database at `url` with that many runs, their tenants, history and notifications."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        _fill_sqlite(str(address.database), runs)
    else:
        _fill_postgres(address.set(drivername="postgresql").render_as_string(hide_password=False), runs)


def _fill_sqlite(path: str, runs: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        ledger = Ledger(runs, _places(connection, "?"), _owner(connection))
        for batch in _batches(ledger.rows()):
            for table, columns, rows in batch:
                marks = ", ".join("?" * len(columns))
                statement = f"insert into {table} ({', '.join(columns)}) values ({marks})"  # noqa: S608  # nosec  # ours
                connection.executemany(statement, ([_naive(value) for value in row] for row in rows))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("analyze")


def _fill_postgres(dsn: str, runs: int) -> None:
    with psycopg.connect(dsn) as connection:
        ledger = Ledger(runs, _places(connection, "%s"), _owner(connection))
        for batch in _batches(ledger.rows()):
            for table, columns, rows in batch:
                copying = f"copy {table} ({', '.join(columns)}) from stdin"
                with connection.cursor() as cursor, cursor.copy(copying.encode()) as copy:
                    for row in rows:
                        copy.write_row(row)
        connection.execute("select setval(pg_get_serial_sequence('operation_runs', 'id'), %s)", (runs,))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _batches(rows: Iterable[tuple[Row, list[Row], list[Row]]]) -> Iterator[list[tuple[str, list[str], list[Row]]]]:
    remaining = iter(rows)
    while some := list(islice(remaining, _BATCH)):
        yield [
            ("operation_runs", RUN_COLUMNS, [run for run, _, _ in some]),
            ("operation_run_transitions", TRANSITION_COLUMNS, [line for _, history, _ in some for line in history]),
            ("notifications", NOTIFICATION_COLUMNS, [line for _, _, told in some for line in told]),
        ]


def _places(connection: Any, mark: str) -> list[Place]:
    """Add workspaces and tenants to the seeded ones; the seeded owner owns them all."""
    now, owner = datetime.now(UTC).isoformat(sep=" ").removesuffix("+00:00"), _owner(connection)
    places = [Place(*row) for row in connection.execute("select id, workspace_id from tenants order by id").fetchall()]
    workspaces = [1]
    for number in range(2, WORKSPACES + 1):
        insert = f"insert into workspaces (name, slug, created_at) values ({mark}, {mark}, {mark}) returning id"  # noqa: S608  # nosec
        [workspace_id] = connection.execute(insert, (f"Customer {number}", f"customer-{number}", now)).fetchone()
        workspaces.append(workspace_id)
        connection.execute(
            f"insert into memberships (user_id, workspace_id, role) values ({mark}, {mark}, 'owner')",  # noqa: S608  # nosec
            (owner, workspace_id),
        )
    for number in range(TENANTS):
        workspace_id = workspaces[int(len(workspaces) * (number / TENANTS) ** 2)]
        [tenant_id] = connection.execute(
            "insert into tenants (workspace_id, external_id, display_name, created_at)"  # noqa: S608  # nosec
            f" values ({mark}, {mark}, {mark}, {mark}) returning id",
            (workspace_id, str(UUID(int=number + 1, version=4)), f"Tenant {number + 1}", now),
        ).fetchone()
        places.append(Place(tenant_id, workspace_id))
        connection.execute(
            f"insert into tenant_roles (user_id, tenant_id, role) values ({mark}, {mark}, 'owner')",  # noqa: S608  # nosec
            (owner, tenant_id),
        )
    return places


def _owner(connection: Any) -> int:
    [user_id] = connection.execute("select id from users where email = 'owner@demo.example'").fetchone()
    return int(user_id)


def _naive(value: Any) -> Any:
    """Return a time as SQLAlchemy stores it in SQLite."""
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value
