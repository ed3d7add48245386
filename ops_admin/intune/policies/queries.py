"""The only reader of policies and versions. Lists never touch the content (R34, R35)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, or_, select

from ops_admin.database import db
from ops_admin.intune.keyset import Page, Place, contains, read_page
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion

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
    DbPolicyVersion.number,
    DbPolicyVersion.content_hash,
    DbPolicyVersion.content_bytes,
    DbPolicyVersion.captured_at,
    DbPolicyVersion.operation_run_id,
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
    """One version of a policy, without its content; `has_assignments` is false when they were never fetched."""

    number: int
    content_hash: str
    content_bytes: int
    captured_at: datetime
    operation_run_id: int | None
    has_assignments: bool


@dataclass(frozen=True)
class PolicyFilter:
    """What a reader of the list asked for; None means any."""

    search: str | None = None
    type: str | None = None
    state: str | None = None


def list_policies(tenant_id: int, wanted: PolicyFilter, place: Place | None = None) -> Page[Policy]:
    """Return one page of a tenant's policies by name."""
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id)
    if wanted.type is not None:
        query = query.where(DbPolicy.type == wanted.type)
    if wanted.state is not None:
        query = query.where(DbPolicy.state == wanted.state)
    if wanted.search is not None:
        named = contains(DbPolicy.search_key, search_key_of(wanted.search))
        query = query.where(or_(named, DbPolicy.external_id == wanted.search))
    return read_page(query.add_columns(DbPolicy.search_key), DbPolicy, place, _policy)


def find_policy(tenant_id: int, policy_id: int) -> Policy | None:
    """Return the policy of that id if it is one of that tenant's."""
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.id == policy_id)
    row = db.session.execute(query).one_or_none()
    return None if row is None else _policy(row)


def list_versions(policy_id: int, limit: int = 100) -> list[Version]:
    """Return the newest versions of a policy, newest first."""
    query = (
        select(*_VERSION_COLUMNS)
        .where(DbPolicyVersion.policy_id == policy_id)
        .order_by(DbPolicyVersion.number.desc())
        .limit(limit)
    )
    return [_version(row) for row in db.session.execute(query)]


def find_version(policy_id: int, number: int) -> Version | None:
    """Return one version of a policy, or None."""
    query = select(*_VERSION_COLUMNS).where(DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number == number)
    row = db.session.execute(query).one_or_none()
    return None if row is None else _version(row)


def find_content(policy_id: int, number: int) -> str | None:
    """Return the content of a version as the JSON text that is stored, or None."""
    # As text: parsing megabytes only to write them out again would cost more than reading them.
    column = cast(DbPolicyVersion.content, Text)
    query = select(column).where(DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number == number)
    return db.session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class CurrentContent:
    """The newest version of a policy with everything in it; `content` is the JSON text that is stored."""

    number: int
    content: str
    content_hash: str
    assignments: list[dict[str, Any]] | None
    captured_at: datetime


def read_current_contents(policy_ids: Sequence[int]) -> dict[int, CurrentContent]:
    """Return the newest versions of some policies, by policy; one that was never read is left out."""
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
        row.policy_id: CurrentContent(row.number, row.content, row.content_hash, row.assignments, row.captured_at)
        for row in db.session.execute(query)
    }


def count_by_type_and_state(tenant_id: int) -> Mapping[str, Mapping[str, int]]:
    """Return how many policies a tenant has, by type and state; a type or state without any is left out."""
    query = (
        select(DbPolicy.type, DbPolicy.state, func.count())
        .where(DbPolicy.tenant_id == tenant_id)
        .group_by(DbPolicy.type, DbPolicy.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for policy_type, state, number in db.session.execute(query):
        counts.setdefault(policy_type, {})[state] = number
    return counts


def _policy(row: object) -> Policy:
    return Policy(**{name: getattr(row, name) for name in Policy.__dataclass_fields__})


def _version(row: object) -> Version:
    return Version(**{name: getattr(row, name) for name in Version.__dataclass_fields__})
