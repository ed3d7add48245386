"""Tables in which processes record that they are alive, do scheduled work, or cannot push."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, UTCDateTime


class DbWorkerHeartbeat(Base):
    """The last heartbeat of a worker process; the row is deleted when the process stops normally."""

    __tablename__ = "worker_heartbeats"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class DbScheduleMark(Base):
    """When scheduled work was last done; one row for all processes."""

    __tablename__ = "schedule_marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class DbPushOutage(Base):
    """When a process last failed to tell the others what it does; pages then notice it only by polling."""

    __tablename__ = "push_gaps"

    process: Mapped[str] = mapped_column(String(200), primary_key=True)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
