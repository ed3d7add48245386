"""Writes policies and versions from syncs. Every call is one short transaction (R40)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import json_text, transaction
from ops_admin.infra.upserts import insert_into
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbAssignmentFetch, DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.observations import Observation, changes_of, learns_assignments, needs_version
from ops_admin.intune.policies.states import PolicyState


@dataclass(frozen=True)
class Recorded:
    """The numbers of policies that got their first version, and of those that got another one."""

    created: int = 0
    updated: int = 0


def record_observations(tenant_id: int, policy_type: str, observations: Sequence[Observation], run_id: int) -> Recorded:
    """Store observations of policies of one type; a version is added only if content or assignments are new.

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
        _complete_versions(session, stored, by_id)
        _note_readings_of_assignments(session, changes, by_id, stored, run_id)
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
        DbPolicy.assignments_hash,
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
        "content_bytes": len(json_text(observation.content)),
        "sealed_secrets": observation.sealed_secrets,
        "assignments": observation.assignments,
        "captured_at": observation.seen_at,
        "operation_run_id": run_id,
    }


def _complete_versions(session: Session, stored: Sequence[Any], by_id: Mapping[str, Observation]) -> None:
    """Add the assignments to versions that were captured without them."""
    learned = [
        {"of_policy": row.id, "of_number": row.current_version, "learned": by_id[row.external_id].assignments}
        for row in stored
        if learns_assignments(row, by_id[row.external_id])
    ]
    table = DbPolicyVersion
    if learned:
        one = (table.policy_id == bindparam("of_policy"), table.number == bindparam("of_number"))
        value = bindparam("learned", type_=table.assignments.type)
        session.connection().execute(update(table).where(*one).values(assignments=value), learned)


def _note_readings_of_assignments(
    session: Session,
    changes: Sequence[Mapping[str, Any]],
    by_id: Mapping[str, Observation],
    stored: Sequence[Any],
    run_id: int,
) -> None:
    """Record for each policy that its assignments were read just now, or why they could not be."""
    numbers = {change["id"]: change["current_version"] for change in changes}
    pairs = [(row.id, by_id[row.external_id]) for row in stored if numbers[row.id] > 0]
    read = [
        {**_attempt(policy_id, seen, run_id), **_success(seen, run_id, numbers[policy_id])}
        for policy_id, seen in pairs
        if seen.assignments_hash is not None
    ]
    failed = [_attempt(policy_id, seen, run_id) for policy_id, seen in pairs if seen.assignments_failure_code]
    for rows in (read, failed):
        if rows:
            statement = insert_into(session, DbAssignmentFetch.__table__)
            values = {name: statement.excluded[name] for name in rows[0] if name != "policy_id"}
            session.execute(statement.on_conflict_do_update(index_elements=["policy_id"], set_=values), rows)


def _attempt(policy_id: int, seen: Observation, run_id: int) -> dict[str, Any]:
    return {
        "policy_id": policy_id,
        "attempted_at": seen.seen_at,
        "attempted_run_id": run_id,
        "failure_code": seen.assignments_failure_code,
    }


def _success(seen: Observation, run_id: int, number: int) -> dict[str, Any]:
    return {"fetched_at": seen.seen_at, "fetched_run_id": run_id, "fetched_version": number}
