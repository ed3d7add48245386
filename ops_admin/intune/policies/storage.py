"""Writes policies and versions from syncs. Every call is one short transaction (R40)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import insert_into
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.observations import Observation, changes_of, needs_version
from ops_admin.intune.policies.states import PolicyState


@dataclass(frozen=True)
class Recorded:
    """The numbers of policies that got their first version, and of those that got another one."""

    created: int = 0
    updated: int = 0


def record_observations(tenant_id: int, policy_type: str, observations: Sequence[Observation], run_id: int) -> Recorded:
    """Store observations of policies of one type; a version is added only if the content is new.

    The external ids of `observations` must be unique.
    """
    if not observations:
        return Recorded()
    by_id = {observation.external_id: observation for observation in observations}
    with transaction() as session:
        _add_unknown(session, tenant_id, policy_type, by_id.values())
        stored = _lock_policies(session, tenant_id, policy_type, by_id)
        versions = [
            _version_of(row, by_id[row.external_id], run_id)
            for row in stored
            if needs_version(row, by_id[row.external_id])
        ]
        changes = [{"id": row.id, **changes_of(row, by_id[row.external_id], run_id)} for row in stored]
        session.execute(update(DbPolicy), changes)
        if versions:
            session.execute(insert(DbPolicyVersion), versions)
    created = sum(version["number"] == 1 for version in versions)
    return Recorded(created, len(versions) - created)


def mark_missing(tenant_id: int, policy_type: str, not_seen_since: datetime, at: datetime) -> int:
    """Mark policies as missing that were not in a complete list begun at `not_seen_since`; returns how many.

    Ignored policies stay ignored, but get a `missing_since` as well.
    """
    return _mark_missing(tenant_id, policy_type, not_seen_since, at)


def mark_gone(
    tenant_id: int, policy_type: str, external_ids: Sequence[str], not_seen_since: datetime, at: datetime
) -> int:
    """Mark policies as missing that were read by id and not found; returns how many.

    Policies that another run saw after `not_seen_since` are not marked.
    """
    return _mark_missing(tenant_id, policy_type, not_seen_since, at, DbPolicy.external_id.in_(list(external_ids)))


def _mark_missing(
    tenant_id: int, policy_type: str, not_seen_since: datetime, at: datetime, *which: ColumnElement[bool]
) -> int:
    vanished = (
        DbPolicy.tenant_id == tenant_id,
        DbPolicy.type == policy_type,
        DbPolicy.last_seen_at < not_seen_since,
        DbPolicy.missing_since.is_(None),
        *which,
    )
    with transaction() as session:
        query = select(DbPolicy.id, DbPolicy.state).where(*vanished).order_by(DbPolicy.id).with_for_update()
        found = session.execute(query).all()
        missing = [
            {
                "id": row.id,
                "state": PolicyState.IGNORED if row.state == PolicyState.IGNORED else PolicyState.MISSING,
                "missing_since": at,
            }
            for row in found
        ]
        if missing:
            session.execute(update(DbPolicy), missing)
    return len(missing)


def _add_unknown(session: Session, tenant_id: int, policy_type: str, observations: Iterable[Observation]) -> None:
    rows = [
        {
            "tenant_id": tenant_id,
            "type": policy_type,
            "external_id": observation.external_id,
            "name": observation.stored_name,
            "search_key": search_key_of(observation.stored_name),
            "state": PolicyState.ACTIVE,
            "current_version": 0,
            "first_seen_at": observation.seen_at,
            "last_seen_at": observation.seen_at,
        }
        for observation in observations
    ]
    session.execute(insert_into(session, DbPolicy.__table__).on_conflict_do_nothing(), rows)


def _lock_policies(session: Session, tenant_id: int, policy_type: str, external_ids: Iterable[str]) -> list[Any]:
    """Lock the policies in the order of their ids, so that two runs cannot deadlock."""
    columns = (
        DbPolicy.id,
        DbPolicy.external_id,
        DbPolicy.state,
        DbPolicy.current_version,
        DbPolicy.content_hash,
        DbPolicy.last_seen_at,
        DbPolicy.changed_at,
        DbPolicy.last_synced_run_id,
    )
    query = (
        select(*columns)
        .where(
            DbPolicy.tenant_id == tenant_id,
            DbPolicy.type == policy_type,
            DbPolicy.external_id.in_(list(external_ids)),
        )
        .order_by(DbPolicy.id)
        .with_for_update()
    )
    return list(session.execute(query))


def _version_of(row: Any, observation: Observation, run_id: int) -> Mapping[str, Any]:
    return {
        "policy_id": row.id,
        "number": row.current_version + 1,
        "content": observation.content,
        "content_hash": observation.content_hash,
        "content_bytes": len(json.dumps(observation.content)),
        "captured_at": observation.seen_at,
        "operation_run_id": run_id,
    }
