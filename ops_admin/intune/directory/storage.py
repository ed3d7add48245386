"""Writes the cached groups. Every call is one short transaction (R40)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import insert_into, upsert
from ops_admin.intune.directory.models import DbDirectoryGroup, DbDirectorySync
from ops_admin.intune.names import search_key_of


@dataclass(frozen=True)
class Recorded:
    """The numbers of new and of renamed groups."""

    created: int = 0
    updated: int = 0


def record_groups(
    tenant_id: int, names: Mapping[str, str], seen_at: datetime, nameless: Collection[str] = ()
) -> Recorded:
    """Store the groups of one page, names by id. Those in `nameless` keep the name that the cache has, if any."""
    if not names and not nameless:
        return Recorded()
    with transaction() as session:
        known = _names_of(session, tenant_id, names)
        unknown = [external_id for external_id in names if external_id not in known]
        renamed = [external_id for external_id in known if known[external_id] != names[external_id]]
        seen = (DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.external_id.in_([*known, *nameless]))
        session.execute(update(DbDirectoryGroup).where(*seen).values(last_seen_at=seen_at))
        for external_id in renamed:
            one = (DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.external_id == external_id)
            values = {"display_name": names[external_id], "search_key": search_key_of(names[external_id])}
            session.execute(update(DbDirectoryGroup).where(*one).values(values))
        _add(session, tenant_id, {external_id: names[external_id] for external_id in unknown}, seen_at)
    return Recorded(len(unknown), len(renamed))


def remove_vanished(tenant_id: int, not_seen_since: datetime) -> int:
    """Remove the groups that were missing from a complete list begun at `not_seen_since`; returns how many."""
    vanished = (DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.last_seen_at < not_seen_since)
    with transaction() as session:
        removed = session.execute(delete(DbDirectoryGroup).where(*vanished).returning(DbDirectoryGroup.id))
        return len(removed.all())


def record_attempt(tenant_id: int, run_id: int, at: datetime, failure_code: str | None) -> None:
    """Record a run's attempt to read the groups; `failure_code` is None if it succeeded."""
    values = {"attempted_at": at, "attempted_run_id": run_id, "failure_code": failure_code}
    if failure_code is None:
        values |= {"succeeded_at": at, "succeeded_run_id": run_id}
    with transaction() as session:
        upsert(session, DbDirectorySync.__table__, {"tenant_id": tenant_id}, values)


def _names_of(session: Session, tenant_id: int, external_ids: Mapping[str, str]) -> dict[str, str]:
    query = select(DbDirectoryGroup.external_id, DbDirectoryGroup.display_name).where(
        DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.external_id.in_(list(external_ids))
    )
    return {row.external_id: row.display_name for row in session.execute(query)}


def _add(session: Session, tenant_id: int, names: Mapping[str, str], seen_at: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant_id,
            "external_id": external_id,
            "display_name": name,
            "search_key": search_key_of(name),
            "last_seen_at": seen_at,
        }
        for external_id, name in names.items()
    ]
    if rows:
        session.execute(insert_into(session, DbDirectoryGroup.__table__).on_conflict_do_nothing(), rows)
