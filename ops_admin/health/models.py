"""The tables in which worker processes show that they are alive and that scheduled work is done."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.database import Base, UTCDateTime


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
