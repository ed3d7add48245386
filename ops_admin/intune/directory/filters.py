"""The cached assignment filters of a tenant, for pages, which never call Graph (R34, R43).

There are only a few, so all are read and replaced at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.upserts import upsert
from ops_admin.intune.directory.models import DbAssignmentFilter, DbAssignmentFilterSync


@dataclass(frozen=True)
class AssignmentFilter:
    """The id and name of a filter."""

    external_id: str
    display_name: str


@dataclass(frozen=True)
class FilterSync:
    """The last attempt to read a tenant's filters, and the last successful one (None: never)."""

    attempted_at: datetime
    failure_code: str | None
    succeeded_at: datetime | None


def list_filters(tenant_id: int) -> list[AssignmentFilter]:
    """Return the tenant's cached filters by name."""
    table = DbAssignmentFilter
    query = select(table.external_id, table.display_name).where(table.tenant_id == tenant_id)
    rows = db.session.execute(query.order_by(func.lower(table.display_name), table.id))
    return [AssignmentFilter(row[0], row[1]) for row in rows]


def find_filter_sync(tenant_id: int) -> FilterSync | None:
    """Return the last attempt to read the filters, or None if there was none."""
    table = DbAssignmentFilterSync
    query = select(table.attempted_at, table.failure_code, table.succeeded_at).where(table.tenant_id == tenant_id)
    row = db.session.execute(query).one_or_none()
    return None if row is None else FilterSync(row[0], row[1], row[2])


def replace_filters(tenant_id: int, names: Mapping[str, str]) -> None:
    """Replace the cached filters of a tenant and record a successful attempt."""
    rows = [{"tenant_id": tenant_id, "external_id": each, "display_name": name} for each, name in names.items()]
    with transaction() as session:
        session.execute(delete(DbAssignmentFilter).where(DbAssignmentFilter.tenant_id == tenant_id))
        if rows:
            session.execute(insert(DbAssignmentFilter), rows)
        note_attempt(tenant_id, None)


def note_attempt(tenant_id: int, failure_code: str | None) -> None:
    """Record an attempt to read the filters; `failure_code` is None if it succeeded."""
    now = utcnow()
    values = {"attempted_at": now, "failure_code": failure_code}
    if failure_code is None:
        values |= {"succeeded_at": now}
    with transaction() as session:
        upsert(session, DbAssignmentFilterSync.__table__, {"tenant_id": tenant_id}, values)


def counterparts(source_names: Mapping[str, str | None], target: Sequence[AssignmentFilter]) -> dict[str, str]:
    """Map filters to those of another tenant: the one with the same id, or else the only one with the same name."""
    known = {each.external_id for each in target}
    ids: dict[str, list[str]] = {}
    for each in target:
        ids.setdefault(each.display_name, []).append(each.external_id)
    named = {source: ids[name][0] for source, name in source_names.items() if name and len(ids.get(name, ())) == 1}
    return {**named, **{source: source for source in source_names if source in known}}
