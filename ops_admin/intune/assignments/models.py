"""The table with the last fetch of each policy's assignments."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, UTCDateTime


class DbAssignmentFetch(Base):
    """The last attempt to fetch a policy's assignments, and the last successful one.

    The assignments themselves are stored with the policy's version, `fetched_version` (R45).
    """

    __tablename__ = "assignment_fetches"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: this is kept when the runs are pruned.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fetched_run_id: Mapped[int | None] = mapped_column(BigInteger)
    fetched_version: Mapped[int | None] = mapped_column()
