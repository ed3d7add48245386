"""Writes fetched assignments and the result of each fetch; no other module does (R45)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import upsert
from ops_admin.intune.assignments.models import DbAssignmentFetch
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion


def record_fetched(fetched: Mapping[int, list[dict[str, Any]]], run_id: int, at: datetime) -> frozenset[int]:
    """Store assignments (by policy id) with the current version of each policy.

    Returns the policies that have a version, which are those whose assignments were stored.
    """
    with transaction() as session:
        read = (DbPolicy.id.in_(list(fetched)), DbPolicy.current_version > 0)
        # Policies are locked in the order of their ids, as in the inventory.
        current = select(DbPolicy.id, DbPolicy.current_version).where(*read).order_by(DbPolicy.id).with_for_update()
        versions = {row.id: row.current_version for row in session.execute(current)}
        for policy_id, number in versions.items():
            one = (DbPolicyVersion.policy_id == policy_id, DbPolicyVersion.number == number)
            session.execute(update(DbPolicyVersion).where(*one).values(assignments=fetched[policy_id]))
            values = {"fetched_at": at, "fetched_run_id": run_id, "fetched_version": number}
            _record(session, policy_id, run_id, at, None, values)
    return frozenset(versions)


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
