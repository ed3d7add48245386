"""Leaves the last step before the preview: it starts by itself once nothing is left to decide (R43)."""

from flask import redirect
from flask.typing import ResponseReturnValue

from ops_admin.intune.restore import queries
from ops_admin.intune.restore.filters import undecided_filters
from ops_admin.intune.restore.inputs import RESTORE_ID
from ops_admin.intune.restore.lifecycle import PREVIEW
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.views.lookups import actor, refuse, restore_url
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import answer


def go_to_preview(restore: Restore) -> ResponseReturnValue:
    """Go to the restore's page, and start the preview unless the current selection was previewed already."""
    fresh = queries.find_restore(restore.id) or restore
    is_decided = not queries.count_undecided(restore.id) and not undecided_filters(restore.id)
    if fresh.is_previewed or not is_decided or not queries.count_items_of([restore.id]):
        return redirect(restore_url(restore), 303)
    try:
        started = start(PREVIEW, actor=actor(), tenant_id=restore.tenant_id, inputs={RESTORE_ID: restore.id})
    except InvalidInputs as refused:
        return refuse(restore, refused.errors)
    return answer(started, back_to=restore_url(restore))
