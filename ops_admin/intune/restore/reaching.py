"""Whom the items of a restore reach: as planned by the preview, and as written (R58)."""

from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import CONDITIONAL_ACCESS
from ops_admin.intune.restore.codes import ASSIGNMENTS_DROPPED
from ops_admin.intune.restore.queries import Restore, RestoreItem
from ops_admin.intune.restore.reach import Reach, ReachSummary, find_reach, summarize_reach
from ops_admin.intune.restore.states import DONE, Action, ItemState


def is_dropped(item: RestoreItem) -> bool:
    """Whether the item was restored without some of its assignments."""
    return item.assignments_state in DONE and item.assignments_failure_code == ASSIGNMENTS_DROPPED


def planned_reach(restore: Restore) -> ReachSummary:
    """Return what the items that are still to be written will change."""
    items = [item for item in queries.all_items(restore.id) if item.action in (Action.CREATE, Action.UPDATE)]
    open_items = [item for item in items if item.type != CONDITIONAL_ACCESS and not _is_written(item)]
    return summarize_reach([reach for item in open_items if (reach := find_reach(item.reach))])


def written_reach(restore: Restore) -> ReachSummary:
    """Return what the items that were written have changed, whichever run wrote them."""
    items = [item for item in queries.all_items(restore.id) if item.type != CONDITIONAL_ACCESS]
    return summarize_reach([reach for item in items if _is_written(item) and (reach := find_reach(item.reach))])


def reach_of(item: RestoreItem) -> Reach | None:
    """Return whom an item reaches before and after, or None if that is not known: not compared, or not restored."""
    return find_reach(item.reach) if item.action not in (Action.SKIP, Action.CONFLICT) else None


def _is_written(item: RestoreItem) -> bool:
    """Whether the tenant has what the item's reach says."""
    if item.assignments_state == ItemState.FAILED:
        return bool(item.assignments_written)
    return item.state in (ItemState.WRITTEN, ItemState.UNCHANGED) and item.assignments_state in (None, *DONE)
