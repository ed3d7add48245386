"""Writes assignments that were fetched by themselves, and the result of each fetch (R45)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import upsert
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.policies.models import DbAssignmentFetch, DbPolicy, DbPolicyVersion


def record_fetched(fetched: Mapping[int, list[dict[str, Any]]], run_id: int, at: datetime) -> frozenset[int]:
    """Store assignments (by policy id) with the current version of each policy, or with a new one if they changed.

    Returns the policies that have a version, which are those whose assignments were stored.
    """
    with transaction() as session:
        read = (DbPolicy.id.in_(list(fetched)), DbPolicy.current_version > 0)
        columns = (DbPolicy.id, DbPolicy.current_version, DbPolicy.assignments_hash)
        # Policies are locked in the order of their ids, as in the inventory.
        current = session.execute(select(*columns).where(*read).order_by(DbPolicy.id).with_for_update()).all()
        for row in current:
            number = _store(session, row, fetched[row.id], run_id, at)
            values = {"fetched_at": at, "fetched_run_id": run_id, "fetched_version": number}
            _record(session, row.id, run_id, at, None, values)
    return frozenset(row.id for row in current)


def _store(session: Session, row: Any, assignments: list[dict[str, Any]], run_id: int, at: datetime) -> int:
    """Store a policy's assignments; returns the number of the version that has them."""
    new_hash = assignments_hash(assignments)
    one_policy = update(DbPolicy).where(DbPolicy.id == row.id)
    if row.assignments_hash in (None, new_hash):
        table = DbPolicyVersion
        version = (table.policy_id == row.id, table.number == row.current_version)
        session.execute(update(table).where(*version).values(assignments=assignments))
        session.execute(one_policy.values(assignments_hash=new_hash))
        return int(row.current_version)
    number = int(row.current_version) + 1
    _add_version(session, row.id, number, assignments, run_id, at)
    session.execute(one_policy.values(assignments_hash=new_hash, current_version=number, changed_at=at))
    return number


def _add_version(
    session: Session, policy_id: int, number: int, assignments: list[dict[str, Any]], run_id: int, at: datetime
) -> None:
    """Add a version with the content of the one before, and with the secrets that were taken out of it."""
    table = DbPolicyVersion
    kept = ("policy_id", "content", "content_hash", "content_bytes", "sealed_secrets")
    values = {
        "number": literal(number),
        "assignments": literal(assignments, table.__table__.c.assignments.type),
        "captured_at": literal(at, table.__table__.c.captured_at.type),
        "operation_run_id": literal(run_id, table.__table__.c.operation_run_id.type),
    }
    before = select(*(getattr(table, name) for name in kept), *values.values()).where(
        table.policy_id == policy_id, table.number == number - 1
    )
    session.execute(insert(table).from_select([*kept, *values], before))


def record_failed(codes: Mapping[int, str], run_id: int, at: datetime) -> None:
    """Store by policy id why assignments could not be fetched; assignments that were fetched before are kept."""
    with transaction() as session:
        for policy_id in sorted(codes):
            known = session.execute(select(DbPolicy.id).where(DbPolicy.id == policy_id)).one_or_none()
            if known is not None:
                _record(session, policy_id, run_id, at, codes[policy_id], {})


def _record(
    session: Session, policy_id: int, run_id: int, at: datetime, code: str | None, more: Mapping[str, Any]
) -> None:
    values = {"attempted_at": at, "attempted_run_id": run_id, "failure_code": code, **more}
    upsert(session, DbAssignmentFetch.__table__, {"policy_id": policy_id}, values)
