"""The only writer of review packs; each call is one short transaction (R46)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from ops_admin.infra.database import db, transaction
from ops_admin.infra.file_storage.leftovers import Leftover
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.options import OPTIONS
from ops_admin.reviews.states import ACTIVE, PackStatus
from ops_admin.runs.ledger import Run


@dataclass(frozen=True)
class PackFile:
    """A file that was written completely, and the figures of its content."""

    size: int
    summary: Mapping[str, object]
    generated_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Undated:
    """A pack without the times of its request and last change, and where to find them."""

    pack_id: int
    run_id: int
    generated_at: datetime | None


def open_pack(run: Run) -> int | None:
    """Create the pack of a run along with the run, and return its id; None if it exists already."""
    with transaction() as session:
        query = select(DbReviewPack.id).where(DbReviewPack.operation_run_id == run.id)
        if session.execute(query).scalar_one_or_none() is not None:
            return None
        row = DbReviewPack(
            workspace_id=run.workspace_id,
            tenant_id=run.tenant_id,
            operation_run_id=run.id,
            initiated_by_user_id=run.user_id,
            options=run.inputs.get(OPTIONS) or {},
        )
        session.add(row)
        session.flush()
        return row.id


def begin_generating(run_id: int) -> None:
    """Record that a worker has claimed the pack's run."""
    _change(DbReviewPack.operation_run_id == run_id, (PackStatus.QUEUED,), status=PackStatus.GENERATING)


def queue_again(run_id: int) -> None:
    """Record that the pack's run was requeued; an announced file will be written again."""
    _change(DbReviewPack.operation_run_id == run_id, (PackStatus.GENERATING,), status=PackStatus.QUEUED)


def announce_file(pack_id: int, disk: str, path: str) -> bool:
    """Record where the file will be before it is written; False if the pack is no longer being generated."""
    return _change(DbReviewPack.id == pack_id, (PackStatus.GENERATING,), file_disk=disk, file_path=path)


def record_file(pack_id: int, file: PackFile) -> bool:
    """Record a written file; the pack becomes ready when its run ends well.

    False if the pack is no longer being generated, so that nobody needs the file.
    """
    return _change(
        DbReviewPack.id == pack_id,
        (PackStatus.GENERATING,),
        file_size=file.size,
        summary=dict(file.summary),
        generated_at=file.generated_at,
        expires_at=file.expires_at,
    )


def finish_pack(run_id: int) -> None:
    """Make the pack of a run that ended well ready; without a file it fails."""
    mine = (DbReviewPack.operation_run_id == run_id) & DbReviewPack.file_size.is_not(None)
    if not _change(mine, (PackStatus.GENERATING,), status=PackStatus.READY):
        fail_pack(run_id, "")


def fail_pack(run_id: int, reason: str) -> None:
    """End the pack of a run that ended otherwise; housekeeping removes a file that it may have left."""
    _change(
        DbReviewPack.operation_run_id == run_id,
        ACTIVE,
        status=PackStatus.FAILED,
        summary={"reason": reason},
        file_size=None,
        generated_at=None,
        expires_at=None,
    )


def expire_packs(now: datetime) -> int:
    """Mark the packs that are due, before their files are removed; returns how many."""
    due = (DbReviewPack.status == PackStatus.READY, DbReviewPack.expires_at <= now)
    with transaction() as session:
        statement = update(DbReviewPack).where(*due).values(status=PackStatus.EXPIRED).returning(DbReviewPack.id)
        return len(session.execute(statement).all())


def list_leftovers() -> list[Leftover]:
    """Return the files of packs that ended without offering one, or that have expired."""
    ended = DbReviewPack.status.in_((PackStatus.EXPIRED, PackStatus.FAILED))
    columns = (DbReviewPack.id, DbReviewPack.file_disk, DbReviewPack.file_path)
    query = select(*columns).where(ended, DbReviewPack.file_path.is_not(None)).order_by(DbReviewPack.id)
    with transaction() as session:
        return [Leftover(row.id, row.file_disk, row.file_path) for row in session.execute(query)]


def forget_file(pack_id: int) -> None:
    """Record that the file of an ended pack is gone."""
    ended = (PackStatus.EXPIRED, PackStatus.FAILED)
    _change(DbReviewPack.id == pack_id, ended, file_disk=None, file_path=None)


def list_undated(after: int, limit: int) -> list[Undated]:
    """Return packs without times, ordered by id, beginning after the id `after`."""
    query = select(DbReviewPack.id, DbReviewPack.operation_run_id, DbReviewPack.generated_at)
    undated = query.where(DbReviewPack.created_at.is_(None), DbReviewPack.id > after)
    rows = db.session.execute(undated.order_by(DbReviewPack.id).limit(limit))
    return [Undated(row.id, row.operation_run_id, row.generated_at) for row in rows]


def date_pack(pack_id: int, created_at: datetime, updated_at: datetime) -> None:
    """Fill in the times of an old pack; one that was changed meanwhile keeps the time of that change."""
    times = {"created_at": created_at, "updated_at": func.coalesce(DbReviewPack.updated_at, updated_at)}
    with transaction() as session:
        session.execute(update(DbReviewPack).where(DbReviewPack.id == pack_id).values(times))


def _change(which: Any, expect: tuple[PackStatus, ...], **values: Any) -> bool:
    """Change a pack in one guarded statement; returns False if it is in another status by now."""
    statement = update(DbReviewPack).where(which, DbReviewPack.status.in_(expect)).values(values)
    with transaction() as session:
        return session.execute(statement.returning(DbReviewPack.id)).one_or_none() is not None
