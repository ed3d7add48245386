"""Reads a tenant's policies and versions for a report in batches, always in the same order (R46)."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_

from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.queries import find_content
from ops_admin.intune.policies.types import POLICY_TYPES

BATCH = 500


class UnreadableContent(ValueError):
    """The stored content of a version is not the content of a policy."""


@dataclass(frozen=True)
class PolicyRow:
    """One policy, without its content."""

    id: int
    type: str
    external_id: str
    name: str
    state: str
    current_version: int
    content_hash: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None
    changed_at: datetime | None
    failure_code: str | None


@dataclass(frozen=True)
class NewVersion:
    """A version that was captured in the period, and the one before it (None if it is the first that is stored)."""

    number: int
    previous: int | None
    captured_at: datetime
    operation_run_id: int | None


_COLUMNS = tuple(getattr(DbPolicy, name) for name in PolicyRow.__dataclass_fields__)


def count_policies(tenant_id: int) -> int:
    """Return how many policies a report reads."""
    return db.session.execute(select(func.count()).where(DbPolicy.tenant_id == tenant_id)).scalar_one()


def read_policies(tenant_id: int) -> Iterator[list[PolicyRow]]:
    """Yield a tenant's policies by type, in the order of the pages, then by name.

    Each batch is a statement of its own, so that nothing stays open between two of them.
    """
    order = {key: place for place, key in enumerate(POLICY_TYPES)}
    keys = db.session.scalars(select(DbPolicy.type).where(DbPolicy.tenant_id == tenant_id).distinct())
    for key in sorted(keys, key=lambda key: (order.get(key, len(order)), key)):
        yield from _read_type(tenant_id, key)


def find_first_runs(tenant_id: int) -> dict[str, int]:
    """Return, by type, the run that captured the first versions."""
    query = (
        select(DbPolicy.type, func.min(DbPolicyVersion.operation_run_id))
        .join(DbPolicyVersion, DbPolicyVersion.policy_id == DbPolicy.id)
        .where(DbPolicy.tenant_id == tenant_id, DbPolicyVersion.operation_run_id.is_not(None))
        .group_by(DbPolicy.type)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[1] is not None}


def list_new_versions(policy_ids: Collection[int], since: datetime) -> dict[int, list[NewVersion]]:
    """Return the versions captured since then, oldest first, by policy; for at most one batch of policies."""
    table = DbPolicyVersion
    before = func.lag(table.number).over(partition_by=table.policy_id, order_by=table.number).label("previous")
    numbered = (
        select(table.policy_id, table.number, before, table.captured_at, table.operation_run_id)
        .where(table.policy_id.in_(policy_ids))
        .subquery()
    )
    query = select(numbered).where(numbered.c.captured_at >= since).order_by(numbered.c.policy_id, numbered.c.number)
    found: dict[int, list[NewVersion]] = {}
    for policy_id, *values in db.session.execute(query):
        found.setdefault(policy_id, []).append(NewVersion(*values))
    return found


def read_content(policy_id: int, number: int) -> dict[str, object]:
    """Return the content of a version; raises UnreadableContent."""
    stored = find_content(policy_id, number)
    try:
        content = json.loads(stored) if stored is not None else None
    except ValueError as error:
        raise UnreadableContent(f"version {number} of policy {policy_id}") from error
    if not isinstance(content, dict):
        raise UnreadableContent(f"version {number} of policy {policy_id}")
    return content


def _read_type(tenant_id: int, key: str) -> Iterator[list[PolicyRow]]:
    name_key = tuple_(DbPolicy.search_key, DbPolicy.id)
    query = select(*_COLUMNS, DbPolicy.search_key).where(DbPolicy.tenant_id == tenant_id, DbPolicy.type == key)
    query = query.order_by(DbPolicy.search_key, DbPolicy.id).limit(BATCH)
    rows = db.session.execute(query).all()
    while rows:
        yield [PolicyRow(*row[:-1]) for row in rows]
        last = rows[-1]
        rows = db.session.execute(query.where(name_key > (last.search_key, last.id))).all()
