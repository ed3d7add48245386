"""The files of export runs: where they are, and when they expire (R41)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.file_storage.leftovers import Leftover
from ops_admin.infra.upserts import insert_into, upsert
from ops_admin.intune.policies.models import DbPolicyExport

KEPT_FOR = timedelta(days=7)
_NOT_YET = 0
"""The `item_count` of a file that was only announced. Exports without policies are never written."""


@dataclass(frozen=True)
class Export:
    """The file of one export run; `removed_at` is set when the file was deleted."""

    id: int
    tenant_id: int
    operation_run_id: int
    file_disk: str
    file_path: str
    file_name: str
    file_size: int
    item_count: int
    created_at: datetime
    expires_at: datetime
    removed_at: datetime | None

    def is_available(self, now: datetime) -> bool:
        """Whether the file can still be downloaded."""
        return self.removed_at is None and now < self.expires_at


_COLUMNS = tuple(getattr(DbPolicyExport, name) for name in Export.__dataclass_fields__)


@dataclass(frozen=True)
class WrittenFile:
    """A complete file on a disk that is not recorded yet."""

    disk: str
    path: str
    name: str
    size: int
    item_count: int


def announce_export(tenant_id: int, run_id: int, disk: str, path: str) -> None:
    """Record where the file of a run will be before it is written, so that it can be removed if the worker dies.

    A file that an earlier attempt of the run recorded is kept until it is replaced.
    """
    now = utcnow()
    values = {
        "tenant_id": tenant_id,
        "operation_run_id": run_id,
        "file_disk": disk,
        "file_path": path,
        "file_name": "",
        "file_size": 0,
        "item_count": _NOT_YET,
        "created_at": now,
        "expires_at": now + KEPT_FOR,
    }
    with transaction() as session:
        statement = insert_into(session, DbPolicyExport.__table__).values(**values)
        session.execute(statement.on_conflict_do_nothing(index_elements=["operation_run_id"]))


def record_export(tenant_id: int, run_id: int, file: WrittenFile) -> datetime:
    """Record the written file of a run and return when it expires. Can be repeated."""
    now = utcnow()
    values = {
        "file_disk": file.disk,
        "file_path": file.path,
        "file_name": file.name,
        "file_size": file.size,
        "item_count": file.item_count,
        "created_at": now,
        "expires_at": now + KEPT_FOR,
        "removed_at": None,
    }
    with transaction() as session:
        key = {"operation_run_id": run_id}
        upsert(session, DbPolicyExport.__table__, key, values, first={"tenant_id": tenant_id})
    return now + KEPT_FOR


def find_export(tenant_id: int, run_id: int) -> Export | None:
    """Return the export of a run if it belongs to the tenant and its file is complete."""
    query = select(*_COLUMNS).where(
        DbPolicyExport.tenant_id == tenant_id,
        DbPolicyExport.operation_run_id == run_id,
        DbPolicyExport.item_count > _NOT_YET,
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else _export(row)


def list_expired(now: datetime) -> list[Leftover]:
    """Return the files of expired exports that were not removed yet, including announced files."""
    columns = (DbPolicyExport.id, DbPolicyExport.file_disk, DbPolicyExport.file_path)
    query = select(*columns).where(DbPolicyExport.removed_at.is_(None), DbPolicyExport.expires_at <= now)
    rows = db.session.execute(query.order_by(DbPolicyExport.expires_at))
    return [Leftover(row.id, row.file_disk, row.file_path) for row in rows]


def mark_removed(export_id: int, at: datetime) -> None:
    """Record that the file of an export was deleted."""
    with transaction() as session:
        session.execute(update(DbPolicyExport).where(DbPolicyExport.id == export_id).values(removed_at=at))


def _export(row: object) -> Export:
    return Export(**{name: getattr(row, name) for name in Export.__dataclass_fields__})
