"""Chooses what a restore does with the assignments that policies have in the tenant (R58)."""

from dataclasses import replace

from sqlalchemy import update

from ops_admin.infra.database import transaction
from ops_admin.intune.restore.filters import collect_filters, resolve_same_filters
from ops_admin.intune.restore.groups import collect_groups
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import AssignMode


def choose_assign_mode(restore: Restore, mode: AssignMode) -> bool:
    """Set what becomes of the assignments. Returns whether that changed anything. Raises NotEditable.

    Groups and filters that only assignments name need no decision while assignments are kept; decisions are not lost.
    """
    if mode is restore.assign_mode:
        return False
    with transaction() as session:
        revise(session, restore.id)
        session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore.id).values(assignments=str(mode)))
        changed = replace(restore, assignments=str(mode))
        collect_groups(session, changed)
        collect_filters(session, changed)
        resolve_same_filters(changed)
    return True
