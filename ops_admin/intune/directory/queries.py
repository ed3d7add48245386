"""Reads the cached groups."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from ops_admin.infra.database import db
from ops_admin.intune.directory.models import DbDirectoryGroup, DbDirectorySync
from ops_admin.intune.names import search_key_of
from ops_admin.web.keyset import CountedPage, Cursor, contains, read_by_name


@dataclass(frozen=True)
class Group:
    """One cached group of a tenant."""

    id: int
    external_id: str
    display_name: str
    last_seen_at: datetime


@dataclass(frozen=True)
class DirectorySync:
    """The last attempt to read a tenant's groups, and the last successful one (None: never)."""

    attempted_at: datetime
    attempted_run_id: int
    failure_code: str | None
    succeeded_at: datetime | None
    succeeded_run_id: int | None


def list_groups(tenant_id: int, search: str | None = None, cursor: Cursor | None = None) -> CountedPage[Group]:
    """Return one page of a tenant's cached groups by name."""
    table = DbDirectoryGroup
    columns = (table.id, table.external_id, table.display_name, table.last_seen_at, table.search_key)
    query = select(*columns).where(table.tenant_id == tenant_id)
    if search is not None:
        named = contains(table.search_key, search_key_of(search))
        query = query.where(or_(named, table.external_id == search.lower()))
    return read_by_name(query, table, cursor, _group)


def count_groups(tenant_id: int) -> int:
    """Return how many groups of a tenant are cached."""
    query = select(func.count()).where(DbDirectoryGroup.tenant_id == tenant_id)
    return db.session.execute(query).scalar_one()


def find_directory_sync(tenant_id: int) -> DirectorySync | None:
    """Return the last sync of a tenant's groups, or None if there was none."""
    row = db.session.get(DbDirectorySync, tenant_id)
    if row is None:
        return None
    return DirectorySync(**{name: getattr(row, name) for name in DirectorySync.__dataclass_fields__})


def _group(row: object) -> Group:
    return Group(**{name: getattr(row, name) for name in Group.__dataclass_fields__})
