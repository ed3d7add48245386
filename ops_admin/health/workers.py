"""Signs of life of the worker processes: is anyone there to do what is queued?"""

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import delete, func, select

from ops_admin.health.models import DbWorkerHeartbeat
from ops_admin.health.push_outages import write_outage
from ops_admin.infra.database import db, utcnow

BEAT_SECONDS = 10
ALIVE_FOR = timedelta(seconds=3 * BEAT_SECONDS)
FORGOTTEN_AFTER = timedelta(days=1)


# The workers inside this process: what they do, this process hears without being told.
_here: set[str] = set()


def new_worker_name() -> str:
    """Return a name for this process: host and pid for the reader, and a random part, for containers repeat both."""
    name = f"{socket.gethostname()[:150]}:{os.getpid()}:{secrets.token_hex(4)}"
    _here.add(name)
    return name


def beat(name: str, *, is_heard: bool = True) -> None:
    """Note that the worker process `name` is alive now, and forget those that have been gone for a day.

    One that is not heard could not tell other processes what it does (R27).
    """
    with db.transaction() as session:
        if not is_heard:
            write_outage(session)
        session.merge(DbWorkerHeartbeat(name=name, seen_at=utcnow()))
        session.execute(delete(DbWorkerHeartbeat).where(DbWorkerHeartbeat.seen_at < utcnow() - FORGOTTEN_AFTER))


def retire(name: str) -> None:
    """Note that the worker process `name` stops in order."""
    with db.transaction() as session:
        session.execute(delete(DbWorkerHeartbeat).where(DbWorkerHeartbeat.name == name))


def count_alive() -> int:
    """Return how many worker processes gave a sign of life within half a minute."""
    since = utcnow() - ALIVE_FOR
    return db.session.scalar(select(func.count()).where(DbWorkerHeartbeat.seen_at >= since)) or 0


def work_elsewhere() -> bool:
    """Whether a worker in another process is alive; without Redis, what it does is pushed to no browser from here."""
    since = utcnow() - ALIVE_FOR
    others = select(func.count()).where(DbWorkerHeartbeat.seen_at >= since, DbWorkerHeartbeat.name.not_in(_here))
    return bool(db.session.scalar(others))
