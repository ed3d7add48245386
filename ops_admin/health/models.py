"""The table in which worker processes show that they are alive."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.database import Base, UTCDateTime


class DbWorkerHeartbeat(Base):
    """The last sign of life of one worker process; the row goes when the process stops in order."""

    __tablename__ = "worker_heartbeats"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
