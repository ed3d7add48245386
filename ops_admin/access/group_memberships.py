"""Which role grants of groups applied to a user at the last sign-in (R47)."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sqlalchemy import delete, select

from ops_admin.access.models import DbGroupRoleGrant, DbGroupRoleMember
from ops_admin.access.signals import rights_changed
from ops_admin.infra.database import after_commit, transaction


def record_memberships(user_id: int, grant_ids: Iterable[int], seen_at: datetime) -> None:
    """Replace the recorded grants of the user; what is not in `grant_ids` no longer applies.

    Grants that were removed meanwhile are ignored.
    """
    mine = DbGroupRoleMember.user_id == user_id
    with transaction() as session:
        before = set(session.scalars(select(DbGroupRoleMember.grant_id).where(mine)))
        existing = select(DbGroupRoleGrant.id).where(DbGroupRoleGrant.id.in_(list(grant_ids)))
        now = set(session.scalars(existing))
        if not before and not now:
            return
        session.execute(delete(DbGroupRoleMember).where(mine))
        session.add_all(DbGroupRoleMember(grant_id=each, user_id=user_id, seen_at=seen_at) for each in now)
        if now != before:
            after_commit(partial(rights_changed.send, user_id))
