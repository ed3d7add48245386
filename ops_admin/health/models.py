"""The tables in which processes show that they are alive, that scheduled work is done, and that nobody hears them."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, UTCDateTime


class DbWorkerHeartbeat(Base):
    """The last sign of life of one worker process; the row goes when the process stops in order."""

    __tablename__ = "worker_heartbeats"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class DbScheduleMark(Base):
    """When scheduled work was last done; one row for all processes."""

    __tablename__ = "schedule_marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class DbPushOutage(Base):
    """When one process last could not tell the others what it did; their pages show it only when they ask."""

    __tablename__ = "push_gaps"

    process: Mapped[str] = mapped_column(String(200), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
