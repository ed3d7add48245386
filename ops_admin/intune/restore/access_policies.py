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
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import Action
from ops_admin.references.well_known import WORDS

CONDITIONAL_ACCESS = "conditionalAccessPolicies"
_ENABLED = "enabled"
_REPORT_ONLY = "enabledForReportingButNotEnforced"
_DISABLED = "disabled"
_EXCLUDED = ("excludeUsers", "excludeGroups")


class AccessMode(StrEnum):
    """The state in which Conditional Access policies are written into another tenant."""

    REPORT_ONLY = "report-only"
    """Policies that were enabled only report; those that were off stay off."""
    AS_CAPTURED = "as-captured"
    OFF = "off"


@dataclass(frozen=True)
class AccessSummary:
    """What the confirmation says: how many policies take effect at once, and how many of all exclude nobody.

    `stopped` are in effect in the tenant now, and will not be any more.
    """

    written: int = 0
    live: int = 0
    without_exclusion: int = 0
    stopped: int = 0


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
        select(DbBackupItem.content, table.live_content)
        .join(table, table.backup_item_id == DbBackupItem.id)
        .where(
            table.restore_run_id == restore.id,
            table.type == CONDITIONAL_ACCESS,
            table.action.in_((Action.CREATE, Action.UPDATE)),
        )
    )
    rows = [row for row in db.session.execute(query) if isinstance(row.content, dict)]
    contents = [in_mode(row.content, mode_of(restore)) for row in rows]
    return AccessSummary(
        len(contents),
        sum(each.get("state") == _ENABLED for each in contents),
        sum(not _excludes_anybody(each) for each in contents),
        sum(
            (row.live_content or {}).get("state") == _ENABLED != each.get("state")
            for row, each in zip(rows, contents, strict=True)
        ),
    )


def _excludes_anybody(content: Mapping[str, Any]) -> bool:
    users = (content.get("conditions") or {}).get("users") or {}
    # "GuestsOrExternalUsers" is no account that could be used in an emergency.
    return any(each not in WORDS for name in _EXCLUDED for each in users.get(name) or ())
