"""Reads fetched assignments; no other module does (R45)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbAssignmentFetch, DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.types import NEVER_ASSIGNED

_IDS_AT_ONCE = 200


@dataclass(frozen=True)
class StoredAssignments:
    """A policy's assignments, stored with its version `number`."""

    policy_id: int
    number: int
    assignments: list[dict[str, Any]]


@dataclass(frozen=True)
class Fetch:
    """The last attempt to fetch a policy's assignments, and the last successful one (None: never)."""

    attempted_at: datetime
    attempted_run_id: int
    failure_code: str | None
    fetched_at: datetime | None
    fetched_run_id: int | None
    fetched_version: int | None


def find_fetch(policy_id: int) -> Fetch | None:
    """Return the last fetch of a policy's assignments, or None if there was none."""
    row = db.session.get(DbAssignmentFetch, policy_id)
    return None if row is None else Fetch(**{name: getattr(row, name) for name in Fetch.__dataclass_fields__})


def find_stored(policy_id: int, number: int | None = None) -> StoredAssignments | None:
    """Return the assignments of a version of a policy; without a number, of the newest version that has any."""
    query = select(DbPolicyVersion.policy_id, DbPolicyVersion.number, DbPolicyVersion.assignments).where(
        DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.assignments.is_not(None)
    )
    if number is not None:
        query = query.where(DbPolicyVersion.number == number)
    row = db.session.execute(query.order_by(DbPolicyVersion.number.desc()).limit(1)).one_or_none()
    return None if row is None else StoredAssignments(row.policy_id, row.number, row.assignments)


def list_stored(policy_ids: Iterable[int]) -> dict[int, StoredAssignments]:
    """Return for each policy the assignments of its newest version with any; policies without any are left out."""
    return {stored.policy_id: stored for ids in _batches(policy_ids) for stored in _newest(ids)}


def numbers_with_assignments(policy_id: int, limit: int = 10) -> list[int]:
    """Return the numbers of a policy's versions with assignments, newest first."""
    query = select(DbPolicyVersion.number).where(
        DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.assignments.is_not(None)
    )
    return list(db.session.scalars(query.order_by(DbPolicyVersion.number.desc()).limit(limit)))


def has_unfetched(tenant_id: int, policy_ids: Iterable[int] | None) -> bool:
    """Whether the assignments of any of these policies' newest versions were never fetched.

    None means all policies of the tenant. Types that are not assigned to groups do not count.
    """
    table = DbPolicyVersion
    query = (
        select(DbPolicy.id)
        .join(table, (table.policy_id == DbPolicy.id) & (table.number == DbPolicy.current_version))
        .where(DbPolicy.tenant_id == tenant_id, DbPolicy.type.not_in(NEVER_ASSIGNED), table.assignments.is_(None))
        .limit(1)
    )
    if policy_ids is None:
        return db.session.scalar(query.where(DbPolicy.missing_since.is_(None))) is not None
    return any(db.session.scalar(query.where(DbPolicy.id.in_(ids))) is not None for ids in _batches(policy_ids))


def fetched_since(tenant_id: int, moment: datetime, other_than: int) -> frozenset[int]:
    """Return the tenant's policies whose assignments were fetched after `moment` by a run other than `other_than`."""
    query = (
        select(DbAssignmentFetch.policy_id)
        .join(DbPolicy, DbPolicy.id == DbAssignmentFetch.policy_id)
        .where(
            DbPolicy.tenant_id == tenant_id,
            DbAssignmentFetch.fetched_at > moment,
            DbAssignmentFetch.fetched_run_id != other_than,
        )
    )
    return frozenset(db.session.scalars(query))


def _batches(policy_ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    remaining = iter(sorted(set(policy_ids)))
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        yield ids


def _newest(policy_ids: tuple[int, ...]) -> list[StoredAssignments]:
    table = DbPolicyVersion
    newest = (
        select(table.policy_id, func.max(table.number).label("number"))
        .where(table.policy_id.in_(policy_ids), table.assignments.is_not(None))
        .group_by(table.policy_id)
        .subquery()
    )
    query = select(table.policy_id, table.number, table.assignments).join(
        newest, (table.policy_id == newest.c.policy_id) & (table.number == newest.c.number)
    )
    return [StoredAssignments(row.policy_id, row.number, row.assignments) for row in db.session.execute(query)]
