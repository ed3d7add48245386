"""The only reader of review packs (R46)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ops_admin.access.models import DbUser
from ops_admin.infra.database import db
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.options import PackOptions, options_of
from ops_admin.reviews.states import ACTIVE, PackStatus
from ops_admin.web.keyset import PAGE_SIZE, Cursor, Page, read_newest


@dataclass(frozen=True)
class ReviewPack:
    """One review pack; `initiator_name` None means System. The file is there while `status` is ready.

    `created_at` and `updated_at` are None for old packs whose run is gone.
    """

    id: int
    workspace_id: int
    tenant_id: int
    operation_run_id: int
    initiator_name: str | None
    status: str
    options: PackOptions
    summary: Mapping[str, object]
    generated_at: datetime | None
    expires_at: datetime | None
    file_path: str | None
    file_disk: str | None
    file_size: int | None
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether the pack is still being made; an unknown status counts as ended."""
        return self.status in ACTIVE

    def is_ready(self, now: datetime) -> bool:
        """Whether the file may be downloaded; housekeeping may mark it as expired later."""
        return self.status == PackStatus.READY and self.expires_at is not None and self.expires_at > now


def find_pack(tenant_id: int, pack_id: int) -> ReviewPack | None:
    """Return the pack with that id if it belongs to the tenant."""
    return _find(DbReviewPack.tenant_id == tenant_id, DbReviewPack.id == pack_id)


def find_pack_of_run(run_id: int) -> ReviewPack | None:
    """Return the pack that a run makes, or None."""
    return _find(DbReviewPack.operation_run_id == run_id)


def find_latest_pack(tenant_id: int) -> ReviewPack | None:
    """Return the newest pack of a tenant, whatever became of it, or None."""
    page = list_packs(tenant_id, size=1)
    return page.rows[0] if page.rows else None


def list_packs(tenant_id: int, cursor: Cursor | None = None, size: int = PAGE_SIZE) -> Page[ReviewPack]:
    """Return one page of a tenant's packs, newest first."""
    query = _select().where(DbReviewPack.tenant_id == tenant_id)
    return read_newest(query, DbReviewPack.id, cursor, lambda row: _pack(*row), size)


def _select() -> Any:
    query = select(DbReviewPack, DbUser.display_name)
    # Read afresh: a session may know the row as it was before the ledger moved it along.
    return query.outerjoin(DbUser, DbUser.id == DbReviewPack.initiated_by_user_id).execution_options(
        populate_existing=True
    )


def _find(*conditions: Any) -> ReviewPack | None:
    row = db.session.execute(_select().where(*conditions)).one_or_none()
    return None if row is None else _pack(*row)


def _pack(row: DbReviewPack, initiator_name: str | None) -> ReviewPack:
    return ReviewPack(
        id=row.id,
        workspace_id=row.workspace_id,
        tenant_id=row.tenant_id,
        operation_run_id=row.operation_run_id,
        initiator_name=initiator_name,
        status=row.status,
        options=options_of(row.options),
        summary=row.summary or {},
        generated_at=row.generated_at,
        expires_at=row.expires_at,
        file_path=row.file_path,
        file_disk=row.file_disk,
        file_size=row.file_size,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
