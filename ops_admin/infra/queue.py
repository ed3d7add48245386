"""The Huey queue inside the ledger's database, so that a run and its message commit together (R11).

A message written inside `transaction()` uses that transaction's connection: the commit delivers it, a rollback takes it
back. `infra/adapters/` has the details.
"""

import logging

from flask import Flask, has_app_context
from flask.ctx import AppContext
from sqlalchemy import URL, column, func, select
from sqlalchemy.orm import Session

from ops_admin.features import Periodic
from ops_admin.infra.adapters.huey_queue import LeanHuey, arguments_of
from ops_admin.infra.adapters.huey_queue import crontab as crontab
from ops_admin.infra.adapters.huey_storage import POSTGRES_MESSAGES as POSTGRES_MESSAGES
from ops_admin.infra.adapters.huey_storage import Address, LedgerPostgresStorage, LedgerSqliteStorage, LedgerStorage
from ops_admin.infra.database import BUSY_TIMEOUT_SECONDS, db, patience
from ops_admin.infra.outages import Outage

# The priority of messages that overtake the others. Housekeeping must not wait behind the work it looks after.
URGENT = 10

_outage = Outage(logging.getLogger(__name__), "the queue cannot be reached: %s", "the queue can be reached again")


class LedgerHuey(LeanHuey):
    """The task queue. Tasks register at import time; the storage comes with the application's settings."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._app: Flask | None = None
        self._periodic_names: set[str] = set()

    def serve(self, app: Flask, url: URL) -> None:
        """Store messages in the database at `url`, and execute tasks in the context of `app`. The last call counts.

        Raises ValueError for an engine that Huey does not support.
        """
        self.use(_open_storage(self.name, url))
        self._app = app

    def app_context(self) -> AppContext:
        """Return a context of the application that this process serves."""
        if self._app is None:
            raise RuntimeError("the queue serves no application yet")
        return self._app.app_context()

    def add_periodic(self, periodic: Periodic) -> None:
        """Hand `periodic` work to a worker whenever it is due. A name that is already registered is left alone."""
        if periodic.name in self._periodic_names:
            return
        self._periodic_names.add(periodic.name)

        def work() -> None:
            with self.app_context():
                periodic.work()

        priority = URGENT if periodic.urgent else None
        self.periodic_task(periodic.when, name=periodic.name, priority=priority)(work)

    def close_intake(self, is_closed: bool = True) -> None:
        """Make this process stop taking messages, or take them again."""
        self.storage.is_closed = is_closed

    def address(self) -> Address:
        """Return where others must write a message. SQLite has no channel: nobody needs to be woken."""
        return Address(self.name, self.storage.channel)

    def count_waiting(self) -> int:
        """Return the number of waiting messages."""
        waiting = self.storage.waiting().subquery()
        return int(db.session.execute(select(func.count()).select_from(waiting)).scalar_one())

    def waiting_run_ids(self, limit: int | None = None) -> frozenset[int]:
        """Return the run ids of the waiting messages, of at most the first `limit` ones.

        Without a limit, delayed messages are included.
        """
        # Read on the session's connection: one of Huey's own would outlive its thread.
        found = self.storage.waiting().order_by(column("priority").desc(), column("id")).limit(limit)
        later = db.session.execute(self.storage.waiting_for_their_time()) if limit is None else ()
        arguments = [arguments_of(row.data) for row in (*db.session.execute(found), *later)]
        return frozenset(int(each[0]) for each in arguments if each)


def _open_storage(name: str, url: URL) -> LedgerStorage:
    if url.get_backend_name() == "sqlite" and url.database:
        return LedgerSqliteStorage(
            name, _find_session, _outage, filename=url.database, busy_timeout=BUSY_TIMEOUT_SECONDS
        )
    if url.get_backend_name() == "postgresql":
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return LedgerPostgresStorage(name, _find_session, _outage, dsn=dsn, patience=patience(url))
    raise ValueError(f"{url.get_backend_name()} cannot hold the queue: use SQLite or PostgreSQL")


def _find_session() -> Session | None:
    # Huey's scheduler thread enqueues periodic tasks outside any application context.
    return db.session() if has_app_context() and db.in_transaction() else None
