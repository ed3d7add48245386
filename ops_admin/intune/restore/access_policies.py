"""Conditional Access written into another tenant: whether it takes effect there, and whom it spares (R57)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from ops_admin.infra.database import db, transaction
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.restore.models import DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.reach import TargetKind, find_reach, people_of
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import Action, ItemState

CONDITIONAL_ACCESS = "conditionalAccessPolicies"
_ENABLED = "enabled"
_REPORT_ONLY = "enabledForReportingButNotEnforced"
_DISABLED = "disabled"


class AccessMode(StrEnum):
    """The state in which Conditional Access policies are written into another tenant."""

    REPORT_ONLY = "report-only"
    """Policies that were enabled only report; those that were off stay off."""
    AS_CAPTURED = "as-captured"
    OFF = "off"


@dataclass(frozen=True)
class AccessPolicy:
    """A Conditional Access policy that is going to be written: whether it takes effect, and whom it excludes.

    `is_stopped` if it is in effect in the tenant now, and will not be any more.
    """

    name: str
    is_live: bool
    is_stopped: bool
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class AccessSummary:
    """What the confirmation says of Conditional Access."""

    policies: tuple[AccessPolicy, ...] = ()

    @property
    def written(self) -> int:
        """How many policies are written."""
        return len(self.policies)

    @property
    def live(self) -> list[AccessPolicy]:
        """The policies that take effect at once."""
        return [each for each in self.policies if each.is_live]

    @property
    def stopped(self) -> list[AccessPolicy]:
        """The policies that are in effect in the tenant now, and will not be any more."""
        return [each for each in self.policies if each.is_stopped]

    @property
    def without_exclusion(self) -> list[AccessPolicy]:
        """The policies that exclude nobody, so that an error in them can lock everybody out."""
        return [each for each in self.policies if not each.excluded]

    @property
    def excluded_from_all(self) -> list[str]:
        """The accounts and groups that every policy excludes: those count as emergency access."""
        first, *others = self.policies or (AccessPolicy("", False, False, ()),)
        return [name for name in first.excluded if all(name in each.excluded for each in others)]


def mode_of(restore: Restore) -> AccessMode:
    """Return the choice for a restore. In the tenant that the backup is of, policies are written as captured."""
    if restore.source_tenant_id == restore.tenant_id:
        return AccessMode.AS_CAPTURED
    return AccessMode(restore.conditional_access or AccessMode.REPORT_ONLY)


def choose_mode(restore: Restore, mode: AccessMode) -> bool:
    """Set the mode of a restore. Returns whether that changed anything. Raises NotEditable."""
    if mode is mode_of(restore) or restore.source_tenant_id == restore.tenant_id:
        return False
    with transaction() as session:
        revise(session, restore.id)
        one = DbRestoreRun.id == restore.id
        session.execute(update(DbRestoreRun).where(one).values(conditional_access=str(mode)))
    return True


def in_mode(content: dict[str, Any], mode: AccessMode) -> dict[str, Any]:
    """Return a Conditional Access policy in the state in which it is written."""
    if mode is AccessMode.OFF:
        return {**content, "state": _DISABLED}
    if mode is AccessMode.REPORT_ONLY and content.get("state") == _ENABLED:
        return {**content, "state": _REPORT_ONLY}
    return content


def has_access_policies(restore_id: int) -> bool:
    """Whether Conditional Access policies are among those chosen."""
    chosen = (DbRestoreItem.restore_run_id == restore_id, DbRestoreItem.type == CONDITIONAL_ACCESS)
    return db.session.execute(select(DbRestoreItem.id).where(*chosen).limit(1)).first() is not None


def summarize(restore: Restore) -> AccessSummary:
    """Return what the restore is going to write of Conditional Access.

    A policy is written with all groups and people that it excludes, or not at all.
    """
    table = DbRestoreItem
    query = (
        select(table.name, table.reach, table.live_content, DbBackupItem.content)
        .join(table, table.backup_item_id == DbBackupItem.id)
        .where(
            table.restore_run_id == restore.id,
            table.type == CONDITIONAL_ACCESS,
            table.action.in_((Action.CREATE, Action.UPDATE)),
            table.state != ItemState.WRITTEN,
        )
        .order_by(table.search_key, table.id)
    )
    mode = mode_of(restore)
    rows = [row for row in db.session.execute(query) if isinstance(row.content, dict)]
    return AccessSummary(tuple(_summarize(row, in_mode(row.content, mode)) for row in rows))


def _summarize(row: Any, content: Mapping[str, Any]) -> AccessPolicy:
    # Previews of earlier versions did not keep names.
    found = find_reach(row.reach)
    targets = found.after if found else people_of(content)
    accounts = [each for each in targets if each.is_excluded and each.kind in (TargetKind.USER, TargetKind.GROUP)]
    names = tuple(each.name or each.id or "" for each in accounts)
    state, live = content.get("state"), (row.live_content or {}).get("state")
    return AccessPolicy(row.name, state == _ENABLED, live == _ENABLED != state, names)
