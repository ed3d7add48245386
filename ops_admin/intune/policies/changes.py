"""What users do to stored policies and versions (R17, R41); one short transaction a call, safe to repeat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session, aliased

from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.states import PolicyState

MOST_AT_ONCE = 500
"""Ids in one call: well below the number of values that SQLite takes in one statement."""


@dataclass(frozen=True)
class Done:
    """What became of each id: changed now, so already, refused because it is the newest version, or not found."""

    changed: int = 0
    unchanged: int = 0
    newest: int = 0
    missing: int = 0


def ignore_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Set policies of a tenant aside; a sync leaves them so."""
    with transaction() as session:
        found = _policies(session, tenant_id, policy_ids)
        wanted = [row.id for row in found if row.state != PolicyState.IGNORED]
        _set_state(session, wanted, PolicyState.IGNORED)
    return Done(len(wanted), len(found) - len(wanted), missing=len(policy_ids) - len(found))


def unignore_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Look after policies again; one that vanished meanwhile is missing."""
    with transaction() as session:
        found = _policies(session, tenant_id, policy_ids)
        wanted = [row.id for row in found if row.state == PolicyState.IGNORED]
        present = case((DbPolicy.missing_since.is_(None), PolicyState.ACTIVE), else_=PolicyState.MISSING)
        _set_state(session, wanted, present)
    return Done(len(wanted), len(found) - len(wanted), missing=len(policy_ids) - len(found))


def delete_policies(tenant_id: int, policy_ids: Sequence[int]) -> Done:
    """Delete policies and their versions from the console; nothing happens in the tenant.

    What is gone already counts as unchanged: whoever deletes again after a crash finds it so. Another tenant's policy
    counts as missing.
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
    """Take versions out of the lists; never the newest of a policy, which says what the tenant holds."""
    return _change_versions(tenant_id, version_ids, _archive, lambda row: row.archived_at is None)


def restore_versions(tenant_id: int, version_ids: Sequence[int]) -> Done:
    """Put archived versions back into the lists."""
    return _change_versions(tenant_id, version_ids, _unarchive, lambda row: row.archived_at is not None, newest=True)


def delete_versions(tenant_id: int, version_ids: Sequence[int]) -> Done:
    """Delete versions for good; never the newest of a policy.

    What is gone already counts as unchanged, another tenant's version as missing.
    """
    return _change_versions(tenant_id, version_ids, _delete, lambda _row: True, gone_is_done=True)


def _policies(session: Session, tenant_id: int, policy_ids: Sequence[int]) -> Sequence[Any]:
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
        everywhere = _versions(session, version_ids)
        own = [row for row in everywhere if row.tenant_id == tenant_id]
        refused = [row for row in own if row.number == row.current_version and not newest]
        due = [row.id for row in own if row not in refused and is_due(row)]
        if due:
            change(session, due)
    gone, foreign = len(version_ids) - len(everywhere), len(everywhere) - len(own)
    unchanged = len(own) - len(refused) - len(due) + (gone if gone_is_done else 0)
    return Done(len(due), unchanged, len(refused), foreign + (0 if gone_is_done else gone))


def _versions(session: Session, version_ids: Sequence[int]) -> Sequence[Any]:
    """Read the versions with their policies locked, so that no sync makes another one the newest meanwhile."""
    columns = (
        DbPolicyVersion.id,
        DbPolicyVersion.number,
        DbPolicyVersion.archived_at,
        DbPolicy.tenant_id,
        DbPolicy.current_version,
    )
    query = select(*columns).join(DbPolicy).where(DbPolicyVersion.id.in_(version_ids)).order_by(DbPolicy.id)
    return session.execute(query.with_for_update(of=DbPolicy)).all()


def _archive(session: Session, version_ids: list[int]) -> None:
    session.execute(update(DbPolicyVersion).where(DbPolicyVersion.id.in_(version_ids)).values(archived_at=utcnow()))


def _unarchive(session: Session, version_ids: list[int]) -> None:
    session.execute(update(DbPolicyVersion).where(DbPolicyVersion.id.in_(version_ids)).values(archived_at=None))


def _delete(session: Session, version_ids: list[int]) -> None:
    _keep_assignments(session, version_ids)
    session.execute(delete(DbPolicyVersion).where(DbPolicyVersion.id.in_(version_ids)))


def _keep_assignments(session: Session, version_ids: list[int]) -> None:
    """Move what is known of a policy's assignments to its newest version, if it is kept with one that is deleted."""
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
