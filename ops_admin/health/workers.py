"""Heartbeats of worker processes: is there a worker to do what is queued?"""

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


# Workers in this process, which hears of their changes directly.
_here: set[str] = set()


def new_worker_name() -> str:
    """Return a name for this process: host, pid, and a random part, because containers repeat both."""
    name = f"{socket.gethostname()[:150]}:{os.getpid()}:{secrets.token_hex(4)}"
    _here.add(name)
    return name


def beat(name: str, *, is_heard: bool = True) -> None:
    """Record a heartbeat of the worker process `name`, and forget workers that have been gone for a day.

    `is_heard` is False if it cannot tell other processes what it does (R27).
    """
    with db.transaction() as session:
        if not is_heard:
            write_outage(session)
        session.merge(DbWorkerHeartbeat(name=name, seen_at=utcnow()))
        session.execute(delete(DbWorkerHeartbeat).where(DbWorkerHeartbeat.seen_at < utcnow() - FORGOTTEN_AFTER))


def retire(name: str) -> None:
    """Delete the heartbeat of a worker process that stops normally."""
    with db.transaction() as session:
        session.execute(delete(DbWorkerHeartbeat).where(DbWorkerHeartbeat.name == name))


def count_alive() -> int:
    """Return how many worker processes have a heartbeat within half a minute."""
    since = utcnow() - ALIVE_FOR
    return db.session.scalar(select(func.count()).where(DbWorkerHeartbeat.seen_at >= since)) or 0


def work_elsewhere() -> bool:
    """Whether a worker in another process is alive; without Redis this process cannot push its changes."""
    since = utcnow() - ALIVE_FOR
    others = select(func.count()).where(DbWorkerHeartbeat.seen_at >= since, DbWorkerHeartbeat.name.not_in(_here))
    return bool(db.session.scalar(others))
