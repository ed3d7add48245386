"""The actions on a restore's page: preview, execute, decide a conflict, discard, copy."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.decisions import ChoiceOutdated, ChoiceRefused, decide_conflict
from ops_admin.intune.restore.drafting import copy_restore, discard
from ops_admin.intune.restore.filters import undecided_filters
from ops_admin.intune.restore.holds import BackupSetGone, set_is_gone
from ops_admin.intune.restore.inputs import RESTORE_ID
from ops_admin.intune.restore.lifecycle import EXECUTE, PREVIEW
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.states import Choice
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.lookups import (
    actor,
    not_editable,
    refuse,
    restore_or_404,
    restore_url,
    say_and_return,
)
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import answer
from ops_admin.web.keyset import LARGEST_ID


@blueprint.post("/<int:restore_id>/preview")
@for_tenant(Capability.RESTORE)
def preview(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Start the comparison with the live tenant."""
    return _start(tenant, restore_id, PREVIEW)


@blueprint.post("/<int:restore_id>/execute")
@for_tenant(Capability.RESTORE)
def execute(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Queue the restore, or continue one that ended early. The user must first decide on every filter."""
    restore = restore_or_404(tenant, restore_id)
    if request.form.get("preview", str(restore.preview_run_id)) != str(restore.preview_run_id):
        text = _("It was previewed again after you opened that page. Review the changes, then restore.")
        return refuse(restore, {"preview": text})
    undecided = undecided_filters(restore.id)
    if undecided:
        text = _("Map or skip every assignment filter first: %(number)s are undecided.", number=len(undecided))
        return refuse(restore, {"filters": text})
    return _start(tenant, restore_id, EXECUTE)


@blueprint.post("/<int:restore_id>/discard")
@for_tenant(Capability.RESTORE)
def throw_away(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Discard a restore that was never executed."""
    restore = restore_or_404(tenant, restore_id)
    if not discard(restore, actor()):
        return refuse(restore, not_editable())
    flash(_("The restore was discarded; nothing was written."), "success")
    return redirect(url_for("restores.list_restores", tenant_id=tenant.id), 303)


@blueprint.post("/<int:restore_id>/copy")
@for_tenant(Capability.RESTORE)
def copy(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Create a draft with the same policies and groups."""
    restore = restore_or_404(tenant, restore_id)
    try:
        made = copy_restore(restore, actor())
    except BackupSetGone:
        return refuse(restore, set_is_gone())
    text = _("A new draft with the same policies and groups. Preview it to see what differs now.")
    return say_and_return(made, text, "success")


@blueprint.post("/<int:restore_id>/items/<int:item_id>/choose")
@for_tenant(Capability.RESTORE)
def decide(tenant: Tenant, restore_id: int, item_id: int) -> ResponseReturnValue:
    """Decide on an item with several candidates: `update:<id>`, `create` or `skip`."""
    restore = restore_or_404(tenant, restore_id)
    word, _colon, external_id = request.form.get("choice", "").partition(":")
    back = url_for("restores.show_item", tenant_id=tenant.id, restore_id=restore.id, item_id=min(item_id, LARGEST_ID))
    if word not in list(Choice) or item_id > LARGEST_ID or queries.find_detail(restore.id, item_id) is None:
        flash(_("Choose what becomes of this policy."), "warning")
        return redirect(back, 303)
    try:
        decide_conflict(restore, item_id, Choice(word), external_id or None, seen=request.form.get("seen"))
    except ChoiceOutdated:
        text = _(
            "Somebody else has decided on this policy meanwhile: see what was chosen, and decide again if it is wrong."
        )
        flash(text, "warning")
        return redirect(back, 303)
    except ChoiceRefused:
        flash(
            _("This cannot be chosen: another policy of the backup is restored there, or it is no candidate."),
            "warning",
        )
        return redirect(back, 303)
    except NotEditable:
        return refuse(restore, not_editable())
    flash(_("Saved for this restore."), "success")
    return redirect(restore_url(restore), 303)


def _start(tenant: Tenant, restore_id: int, key: str) -> ResponseReturnValue:
    restore = restore_or_404(tenant, restore_id)
    try:
        started = start(key, actor=actor(), tenant_id=tenant.id, inputs={RESTORE_ID: restore.id})
    except InvalidInputs as refused:
        return refuse(restore, refused.errors)
    return answer(started, back_to=restore_url(restore))
