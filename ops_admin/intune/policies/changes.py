"""Changes that users make to stored policies and versions (R17, R41).

Every call is one short transaction and can be repeated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session, aliased

from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.states import PolicyState

MOST_AT_ONCE = 500
"""Ids in one call, well below SQLite's limit of values in one statement."""


@dataclass(frozen=True)
class Done:
    """The numbers of rows that were changed, needed no change, were refused as newest version, or were not found."""

    changed: int = 0
    unchanged: int = 0
    newest: int = 0
    missing: int = 0


def ignore_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Ignore policies of a tenant; a sync does not change that."""
    with transaction() as session:
        found = _lock_policies(session, tenant_id, policy_ids)
        wanted = [row.id for row in found if row.state != PolicyState.IGNORED]
        _set_state(session, wanted, PolicyState.IGNORED)
    return Done(len(wanted), len(found) - len(wanted), missing=len(policy_ids) - len(found))


def unignore_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Stop ignoring policies. They become active, or missing if the tenant no longer has them."""
    with transaction() as session:
        found = _lock_policies(session, tenant_id, policy_ids)
        wanted = [row.id for row in found if row.state == PolicyState.IGNORED]
        present = case((DbPolicy.missing_since.is_(None), PolicyState.ACTIVE), else_=PolicyState.MISSING)
        _set_state(session, wanted, present)
    return Done(len(wanted), len(found) - len(wanted), missing=len(policy_ids) - len(found))


def delete_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Delete policies and their versions from the console, not from the tenant.

    Policies that no longer exist count as unchanged, as after a crash; those of another tenant count as missing.
    """
    with transaction() as session:
        everywhere = session.execute(
            select(DbPolicy.id, DbPolicy.tenant_id).where(DbPolicy.id.in_(policy_ids)).with_for_update()
        ).all()
        own = [row.id for row in everywhere if row.tenant_id == tenant_id]
        if own:
            session.execute(delete(DbPolicy).where(DbPolicy.id.in_(own)))
    foreign = len(everywhere) - len(own)
    return Done(len(own), len(policy_ids) - len(everywhere), missing=foreign)


def archive_versions(tenant_id: int, version_ids: Sequence[int]) -> Done:
    """Archive versions, except the newest of a policy, which is what the tenant has."""
    return _change_versions(
        tenant_id,
        version_ids,
        lambda session, due: _set_archived_at(session, due, utcnow()),
        lambda row: row.archived_at is None,
    )


def restore_versions(tenant_id: int, version_ids: Sequence[int]) -> Done:
    """Take versions out of the archive."""
    return _change_versions(
        tenant_id,
        version_ids,
        lambda session, due: _set_archived_at(session, due, None),
        lambda row: row.archived_at is not None,
        newest=True,
    )


def delete_versions(tenant_id: int, version_ids: Sequence[int]) -> Done:
    """Delete versions, except the newest of a policy.

    Versions that no longer exist count as unchanged; those of another tenant count as missing.
    """
    return _change_versions(tenant_id, version_ids, _delete, lambda _row: True, gone_is_done=True)


def _lock_policies(session: Session, tenant_id: int, policy_ids: Sequence[int]) -> Sequence[Any]:
    query = select(DbPolicy.id, DbPolicy.state).where(DbPolicy.tenant_id == tenant_id, DbPolicy.id.in_(policy_ids))
    return session.execute(query.order_by(DbPolicy.id).with_for_update()).all()


def _set_state(session: Session, policy_ids: Sequence[int], state: object) -> None:
    if policy_ids:
        session.execute(update(DbPolicy).where(DbPolicy.id.in_(policy_ids)).values(state=state))


def _change_versions(
    tenant_id: int,
    version_ids: Sequence[int],
    change: Callable[[Session, list[int]], None],
    is_due: Callable[[Any], bool],
    *,
    newest: bool = False,
    gone_is_done: bool = False,
) -> Done:
    with transaction() as session:
        everywhere = _lock_versions(session, version_ids)
        own = [row for row in everywhere if row.tenant_id == tenant_id]
        refused = [row for row in own if row.number == row.current_version and not newest]
        due = [row.id for row in own if row not in refused and is_due(row)]
        if due:
            change(session, due)
    gone, foreign = len(version_ids) - len(everywhere), len(everywhere) - len(own)
    unchanged = len(own) - len(refused) - len(due) + (gone if gone_is_done else 0)
    return Done(len(due), unchanged, len(refused), foreign + (0 if gone_is_done else gone))


def _lock_versions(session: Session, version_ids: Sequence[int]) -> Sequence[Any]:
    """Read the versions and lock their policies, so that no sync adds a newer version meanwhile."""
    columns = (
        DbPolicyVersion.id,
        DbPolicyVersion.number,
        DbPolicyVersion.archived_at,
        DbPolicy.tenant_id,
        DbPolicy.current_version,
    )
    query = select(*columns).join(DbPolicy).where(DbPolicyVersion.id.in_(version_ids)).order_by(DbPolicy.id)
    return session.execute(query.with_for_update(of=DbPolicy)).all()


def _set_archived_at(session: Session, version_ids: list[int], at: datetime | None) -> None:
    session.execute(update(DbPolicyVersion).where(DbPolicyVersion.id.in_(version_ids)).values(archived_at=at))


def _delete(session: Session, version_ids: list[int]) -> None:
    _move_assignments_to_newest(session, version_ids)
    session.execute(delete(DbPolicyVersion).where(DbPolicyVersion.id.in_(version_ids)))


def _move_assignments_to_newest(session: Session, version_ids: list[int]) -> None:
    """Move a policy's last fetched assignments to its newest version if they are stored with a deleted one."""
    table, deleted = DbPolicyVersion, aliased(DbPolicyVersion)
    policy_ids = select(deleted.policy_id).where(deleted.id.in_(version_ids))
    query = select(table.id, table.policy_id, DbPolicy.current_version).join(DbPolicy)
    known = query.where(table.policy_id.in_(policy_ids), table.assignments.is_not(None)).order_by(table.number)
    newest = {row.policy_id: row for row in session.execute(known)}
    for row in newest.values():
        if row.id in version_ids:
            assignments = session.execute(select(table.assignments).where(table.id == row.id)).scalar_one()
            is_newest = (table.policy_id == row.policy_id) & (table.number == row.current_version)
            session.execute(update(table).where(is_newest).values(assignments=assignments))
