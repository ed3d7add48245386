"""The first step: choose a backup set of any tenant of the workspace, and start."""

from dataclasses import dataclass

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant, visible_tenants
from ops_admin.access.rights import current_rights
from ops_admin.intune.backups.queries import BackupSet, find_backup_set, list_backup_sets
from ops_admin.intune.restore.drafting import create_draft
from ops_admin.intune.restore.holds import BackupSetGone
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.lookups import actor, steps_of
from ops_admin.web.keyset import LARGEST_ID


@dataclass(frozen=True)
class Source:
    """A tenant whose backup sets can be chosen."""

    tenant: Tenant
    sets: list[BackupSet]


@blueprint.get("/new")
@for_tenant(Capability.RESTORE)
def new(tenant: Tenant) -> ResponseReturnValue:
    """Show the backup sets that can be restored into this tenant. `?backup_set=` shows one of them."""
    named = _find_named(tenant, request.args.get("backup_set", ""))
    return render_template(
        "intune/restore/new.html",
        tenant=tenant,
        sources=_sources(tenant, named),
        named=named,
        steps=steps_of(None, 1),
    )


@blueprint.post("")
@for_tenant(Capability.RESTORE)
def create(tenant: Tenant) -> ResponseReturnValue:
    """Start a restore of a backup set."""
    body = request.get_json(silent=True) if request.is_json else None
    given = body.get("backup_set") if isinstance(body, dict) else request.form.get("backup_set", "")
    backup_set = _find_named(tenant, str(given))
    if backup_set is None:
        abort(404)
    try:
        restore = create_draft(tenant, backup_set, actor())
    except BackupSetGone:
        abort(404)
    url = url_for("restores.choose", tenant_id=tenant.id, restore_id=restore.id)
    return (jsonify(restore_run_id=restore.id, url=url), 201) if wants_json() else redirect(url, 303)


def _find_named(tenant: Tenant, text: str) -> BackupSet | None:
    """Return the usable set with that id if it is in the workspace and the reader may view it, otherwise None."""
    is_id = text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID
    found = find_backup_set(int(text)) if is_id else None
    if found is None or found.workspace_id != tenant.workspace_id or not found.is_usable:
        return None
    return found if current_rights().may(Capability.BACKUPS_VIEW, found.tenant_id) else None


def _sources(tenant: Tenant, named: BackupSet | None) -> list[Source]:
    rights = current_rights()
    tenants = [
        each
        for each in visible_tenants(rights)
        if each.workspace_id == tenant.workspace_id and rights.may(Capability.BACKUPS_VIEW, each.id)
    ]
    # The tenant's own first: most restores undo a change.
    tenants.sort(key=lambda each: each.id != tenant.id)
    if named is not None:
        return [Source(each, [named]) for each in tenants if each.id == named.tenant_id]
    found = [Source(each, [one for one in list_backup_sets(each.id).rows if one.is_usable]) for each in tenants]
    return [source for source in found if source.sets]
