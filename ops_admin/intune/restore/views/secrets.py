"""The page that asks for the secrets of which the backup knows no value: type each, or leave the policy out (R56)."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.queries import find_backup_set
from ops_admin.intune.policies.types import type_label
from ops_admin.intune.restore.drafting import choose_items
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.secrets import LONGEST_SECRET, AskedItem, list_asked, save_typed
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.lookups import not_editable, refuse, restore_or_404, steps_of
from ops_admin.intune.restore.views.previewing import go_to_preview


@blueprint.get("/<int:restore_id>/secrets")
@for_tenant(Capability.RESTORE)
def ask_secrets(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Show which policies need secrets. What was typed before is never shown again."""
    restore = restore_or_404(tenant, restore_id)
    if not restore.is_editable:
        return refuse(restore, not_editable())
    return _page(tenant, restore, list_asked(restore))


@blueprint.post("/<int:restore_id>/secrets")
@for_tenant(Capability.RESTORE)
def save_secrets(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Seal what was typed, and leave out policies as wanted. An empty field keeps what was typed before."""
    restore = restore_or_404(tenant, restore_id)
    asked = list_asked(restore)
    typed = {
        item.id: {each.pointer: _typed(f"secret-{item.id}-{n}") for n, each in enumerate(item.secrets)}
        for item in asked
    }
    if any(len(value) > LONGEST_SECRET for values in typed.values() for value in values.values()):
        flash(_("A secret can have %(number)s characters at most.", number=LONGEST_SECRET), "warning")
        return _page(tenant, restore, asked), 422
    left_out = [item for item in asked if request.form.get(f"leave-{item.id}")]
    try:
        with transaction():
            save_typed(restore, {item_id: values for item_id, values in typed.items() if item_id not in _ids(left_out)})
            choose_items(restore, remove=[item.backup_item_id for item in left_out])
    except NotEditable:
        return refuse(restore, not_editable())
    return go_to_preview(restore)


def _typed(field: str) -> str:
    """Return what was typed, with the line breaks of a file. One after a single line came with the pasting."""
    text = request.form.get(field, "").replace("\r\n", "\n")
    return text if "\n" in text.strip("\n") else text.strip("\n")


def _ids(items: list[AskedItem]) -> frozenset[int]:
    return frozenset(item.id for item in items)


def _page(tenant: Tenant, restore: Restore, asked: list[AskedItem]) -> str:
    return render_template(
        "intune/restore/secrets.html",
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        asked=asked,
        longest=LONGEST_SECRET,
        type_label=type_label,
        steps=steps_of(restore, 3),
    )
