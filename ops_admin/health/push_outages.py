"""Processes that others cannot hear: what they do is pushed to no page but their own (R27)."""

import os
import socket
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ops_admin.health.models import DbPushOutage
from ops_admin.infra.database import db, utcnow

LASTS = timedelta(seconds=30)
"""So long after a gap pages go on to ask; longer than the pause between a worker's signs of life, which renew it."""


def note_outage() -> None:
    """Note that something was not heard, apart from whatever the caller's session is about; for `realtime`."""
    with current_app.app_context(), db.transaction() as session:
        write_outage(session)


def write_outage(session: Session) -> None:
    """Note in an open transaction that this process cannot be heard now, and forget gaps that are over."""
    session.execute(delete(DbPushOutage).where(DbPushOutage.noted_at < utcnow() - LASTS))
    session.merge(DbPushOutage(process=f"{socket.gethostname()[:150]}:{os.getpid()}", noted_at=utcnow()))


def has_outages() -> bool:
    """Whether a process could not be heard a moment ago."""
    return bool(db.session.scalar(select(exists().where(DbPushOutage.noted_at >= utcnow() - LASTS))))


def unheard_processes() -> list[str]:
    """Return the processes that could not be heard a moment ago: host and process id."""
    query = select(DbPushOutage.process).where(DbPushOutage.noted_at >= utcnow() - LASTS).order_by(DbPushOutage.process)
    return list(db.session.scalars(query))
