"""Reads policies and versions. Lists do not load the content (R34, R35)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, false, func, or_, select

from ops_admin.infra.database import db
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.types import NEVER_ASSIGNED
from ops_admin.intune.secret_values import Revealed, masked_text, reveal
from ops_admin.web.keyset import CountedPage, Cursor, contains, read_by_name

# Well below SQLite's limit of values in one statement.
_IDS_AT_ONCE = 500
_COLUMNS = (
    DbPolicy.id,
    DbPolicy.tenant_id,
    DbPolicy.external_id,
    DbPolicy.type,
    DbPolicy.name,
    DbPolicy.state,
    DbPolicy.current_version,
    DbPolicy.content_hash,
    DbPolicy.first_seen_at,
    DbPolicy.last_seen_at,
    DbPolicy.missing_since,
    DbPolicy.changed_at,
    DbPolicy.failure_code,
    DbPolicy.last_synced_run_id,
)
_VERSION_COLUMNS = (
    DbPolicyVersion.id,
    DbPolicyVersion.number,
    DbPolicyVersion.content_hash,
    DbPolicyVersion.content_bytes,
    DbPolicyVersion.captured_at,
    DbPolicyVersion.operation_run_id,
    DbPolicyVersion.archived_at,
    DbPolicyVersion.assignments.is_not(None).label("has_assignments"),
)


@dataclass(frozen=True)
class Policy:
    """One policy of a tenant; `current_version` 0 means that its content was never read."""

    id: int
    tenant_id: int
    external_id: str
    type: str
    name: str
    state: str
    current_version: int
    content_hash: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None
    changed_at: datetime | None
    failure_code: str | None
    last_synced_run_id: int | None


@dataclass(frozen=True)
class Version:
    """One version of a policy without its content; `has_assignments` is false if they were never fetched."""

    id: int
    number: int
    content_hash: str
    content_bytes: int
    captured_at: datetime
    operation_run_id: int | None
    archived_at: datetime | None
    has_assignments: bool


@dataclass(frozen=True)
class PolicyFilter:
    """Filters for the list of policies; None means any.

    `assigned` is one of ASSIGNED. With `group_ids`, at least one of these groups is in the assignments.
    """

    search: str | None = None
    type: str | None = None
    state: str | None = None
    assigned: str | None = None
    group_ids: tuple[str, ...] | None = None


NEVER_FETCHED, NOT_ASSIGNED, IS_ASSIGNED = "never", "none", "some"
ASSIGNED = (NEVER_FETCHED, NOT_ASSIGNED, IS_ASSIGNED)
"""The assignments of a policy's newest version: never fetched, none or some."""


def list_policies(tenant_id: int, wanted: PolicyFilter, cursor: Cursor | None = None) -> CountedPage[Policy]:
    """Return one page of a tenant's policies by name."""
    query = select(*_COLUMNS).where(*_conditions(tenant_id, wanted))
    return read_by_name(query.add_columns(DbPolicy.search_key), DbPolicy, cursor, _policy)


def list_matching_ids(tenant_id: int, wanted: PolicyFilter, limit: int) -> list[int]:
    """Return the ids of all policies that match, up to `limit`."""
    query = select(DbPolicy.id).where(*_conditions(tenant_id, wanted)).order_by(DbPolicy.id).limit(limit)
    return list(db.session.scalars(query))


def has_content(tenant_id: int, policy_ids: Sequence[int]) -> bool:
    """Whether the content of any of the policies was ever read."""
    return any(
        db.session.execute(
            select(DbPolicy.id)
            .where(DbPolicy.tenant_id == tenant_id, DbPolicy.id.in_(batch), DbPolicy.current_version > 0)
            .limit(1)
        ).first()
        for batch in (policy_ids[begin : begin + _IDS_AT_ONCE] for begin in range(0, len(policy_ids), _IDS_AT_ONCE))
    )


def _conditions(tenant_id: int, wanted: PolicyFilter) -> list[ColumnElement[bool]]:
    conditions = [DbPolicy.tenant_id == tenant_id]
    if wanted.type is not None:
        conditions.append(DbPolicy.type == wanted.type)
    if wanted.state is not None:
        conditions.append(DbPolicy.state == wanted.state)
    if wanted.search is not None:
        named = contains(DbPolicy.search_key, search_key_of(wanted.search))
        conditions.append(or_(named, DbPolicy.external_id == wanted.search))
    if wanted.assigned is not None:
        conditions.append(_is_assigned(wanted.assigned))
    if wanted.group_ids is not None:
        conditions.append(_newest_version(_contains_any(wanted.group_ids)))
    return conditions


def _is_assigned(assigned: str) -> ColumnElement[bool]:
    known = DbPolicyVersion.assignments.is_not(None)
    if assigned == NEVER_FETCHED:
        return DbPolicy.type.not_in(NEVER_ASSIGNED) & ~_newest_version(known)
    is_empty = cast(DbPolicyVersion.assignments, Text) == "[]"
    return _newest_version(and_(known, is_empty if assigned == NOT_ASSIGNED else ~is_empty))


def _contains_any(group_ids: Sequence[str]) -> ColumnElement[bool]:
    """Search the assignments' JSON text for the ids, which is safe because they are long and random."""
    text = cast(DbPolicyVersion.assignments, Text)
    return or_(false(), *(text.contains(f'"{group_id}"', autoescape=True) for group_id in group_ids))


def _newest_version(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(DbPolicyVersion.id)
        .where(DbPolicyVersion.policy_id == DbPolicy.id, DbPolicyVersion.number == DbPolicy.current_version, condition)
        .exists()
    )


def find_policy(tenant_id: int, policy_id: int) -> Policy | None:
    """Return the policy if it belongs to the tenant, or None."""
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.id == policy_id)
    row = db.session.execute(query).one_or_none()
    return None if row is None else _policy(row)


def list_versions(policy_id: int, *, archived: bool = False, limit: int = 100) -> list[Version]:
    """Return the versions of a policy, newest first; archived ones are included only with `archived`."""
    query = select(*_VERSION_COLUMNS).where(DbPolicyVersion.policy_id == policy_id)
    if not archived:
        query = query.where(DbPolicyVersion.archived_at.is_(None))
    query = query.order_by(DbPolicyVersion.number.desc()).limit(limit)
    return [_version(row) for row in db.session.execute(query)]


def count_versions(policy_id: int, *, archived: bool) -> int:
    """Return the number of archived versions of a policy, or of those that are not archived."""
    is_archived = DbPolicyVersion.archived_at.is_not(None)
    query = select(func.count()).where(
        DbPolicyVersion.policy_id == policy_id, is_archived if archived else ~is_archived
    )
    return db.session.execute(query).scalar_one()


def find_version_before(policy_id: int, number: int) -> Version | None:
    """Return the newest existing version before a number, or None."""
    query = select(*_VERSION_COLUMNS).where(DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number < number)
    row = db.session.execute(query.order_by(DbPolicyVersion.number.desc()).limit(1)).one_or_none()
    return None if row is None else _version(row)


def find_version(policy_id: int, number: int) -> Version | None:
    """Return one version of a policy, or None."""
    query = select(*_VERSION_COLUMNS).where(DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number == number)
    row = db.session.execute(query).one_or_none()
    return None if row is None else _version(row)


def find_content(policy_id: int, number: int) -> str | None:
    """Return the content of a version as JSON text without plain secrets, or None."""
    column = cast(DbPolicyVersion.content, Text)
    query = select(column).where(DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number == number)
    stored = db.session.execute(query).scalar_one_or_none()
    return None if stored is None else masked_text(stored)


def reveal_version(policy_id: int, number: int) -> Revealed | None:
    """Return a version with its secrets in plain, for those who may read them; None if there is no such version."""
    table = DbPolicyVersion
    query = select(table.content, table.sealed_secrets).where(table.policy_id == policy_id, table.number == number)
    row = db.session.execute(query).one_or_none()
    return None if row is None else reveal(row.content, row.sealed_secrets)


def find_assignments(policy_id: int, number: int) -> list[dict[str, Any]] | None:
    """Return the assignments of a version, None if they were never read."""
    table = DbPolicyVersion
    query = select(table.assignments).where(table.policy_id == policy_id, table.number == number)
    return db.session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class CurrentContent:
    """The newest version of a policy; `content` is JSON text without plain secrets."""

    number: int
    content: str
    content_hash: str
    assignments: list[dict[str, Any]] | None
    captured_at: datetime


def read_current_contents(policy_ids: Sequence[int]) -> dict[int, CurrentContent]:
    """Return the newest versions of some policies by policy id; policies that were never read are left out."""
    version = DbPolicyVersion
    query = (
        select(
            version.policy_id,
            version.number,
            cast(version.content, Text).label("content"),
            version.content_hash,
            version.assignments,
            version.captured_at,
        )
        .join(DbPolicy, (DbPolicy.id == version.policy_id) & (DbPolicy.current_version == version.number))
        .where(version.policy_id.in_(list(policy_ids)))
    )
    return {
        row.policy_id: CurrentContent(
            row.number, masked_text(row.content), row.content_hash, row.assignments, row.captured_at
        )
        for row in db.session.execute(query)
    }


def count_by_type_and_state(tenant_id: int) -> Mapping[str, Mapping[str, int]]:
    """Return the number of policies of a tenant by type and state; types and states without any are left out."""
    query = (
        select(DbPolicy.type, DbPolicy.state, func.count())
        .where(DbPolicy.tenant_id == tenant_id)
        .group_by(DbPolicy.type, DbPolicy.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for policy_type, state, number in db.session.execute(query):
        counts.setdefault(policy_type, {})[state] = number
    return counts


def count_by_tenant(tenant_ids: Collection[int]) -> Mapping[int, int]:
    """Return the number of policies of each tenant with one query; tenants without any are left out."""
    query = select(DbPolicy.tenant_id, func.count().label("number")).where(DbPolicy.tenant_id.in_(tenant_ids))
    return {row.tenant_id: row.number for row in db.session.execute(query.group_by(DbPolicy.tenant_id))}


def _policy(row: object) -> Policy:
    return Policy(**{name: getattr(row, name) for name in Policy.__dataclass_fields__})


def _version(row: object) -> Version:
    return Version(**{name: getattr(row, name) for name in Version.__dataclass_fields__})
