"""Push outages: processes whose changes reach only their own pages, because others cannot hear them (R27)."""

import os
import socket
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ops_admin.health.models import DbPushOutage
from ops_admin.infra.database import db, utcnow

LASTS = timedelta(seconds=30)
"""How long pages keep polling after an outage; longer than a worker's heartbeat interval, which renews it."""


def note_outage() -> None:
    """Record an outage of this process in a transaction of its own; called by `realtime`."""
    with current_app.app_context(), db.transaction() as session:
        write_outage(session)


def write_outage(session: Session) -> None:
    """Record an outage of this process in an open transaction, and delete outages that are over."""
    session.execute(delete(DbPushOutage).where(DbPushOutage.noted_at < utcnow() - LASTS))
    session.merge(DbPushOutage(process=f"{socket.gethostname()[:150]}:{os.getpid()}", noted_at=utcnow()))


def has_outages() -> bool:
    """Whether any process has had an outage within `LASTS`."""
    return bool(db.session.scalar(select(exists().where(DbPushOutage.noted_at >= utcnow() - LASTS))))


def unheard_processes() -> list[str]:
    """Return the processes with an outage within `LASTS`, as host and process id."""
    query = select(DbPushOutage.process).where(DbPushOutage.noted_at >= utcnow() - LASTS).order_by(DbPushOutage.process)
    return list(db.session.scalars(query))
