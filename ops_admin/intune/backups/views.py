"""Pages of a tenant's backups: list, start, show, archive and delete (R17, R42)."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import utcnow
from ops_admin.intune.backups import queries, storage
from ops_admin.intune.backups.filters import ItemQuery, read_query
from ops_admin.intune.backups.models import LONGEST_SET_NAME
from ops_admin.intune.backups.presenter import explanation_of, set_badge
from ops_admin.intune.backups.queries import BackupItem, BackupSet
from ops_admin.intune.backups.states import BackupStatus
from ops_admin.intune.backups.storage import SetInUse
from ops_admin.intune.policies.references import find_references
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.intune.secret_values import list_secrets, masked, note_reading
from ops_admin.intune.showing_secrets import show_revealed
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import answer
from ops_admin.web.keyset import LARGEST_ID, page_url, read_cursor

blueprint = Blueprint("backups", __name__, url_prefix="/tenants/<int:tenant_id>/backups")

MOST_BYTES_SHOWN = 2_000_000
MOST_NAMES_SHOWN = 20


@blueprint.get("")
@for_tenant(Capability.BACKUPS_VIEW)
def list_sets(tenant: Tenant) -> ResponseReturnValue:
    """List the sets in use, or the archived ones, newest first."""
    archived = request.args.get("show") == "archived"
    cursor = read_cursor(request.args)
    page = queries.list_backup_sets(tenant.id, archived=archived, cursor=cursor)
    given = {"show": "archived"} if archived else {}
    return render_template(
        "intune/backups/list.html",
        tenant=tenant,
        page=page,
        cursor=cursor,
        archived=archived,
        counts={flag: queries.count_backup_sets(tenant.id, archived=flag) for flag in (False, True)},
        first_url=url_for("backups.list_sets", tenant_id=tenant.id, show=given.get("show")),
        next_url=page_url(request.path, given, page.next),
        previous_url=page_url(request.path, given, page.previous),
        set_badge=set_badge,
    )


@blueprint.get("/new")
@for_tenant(Capability.BACKUP_CREATE)
def new(tenant: Tenant) -> ResponseReturnValue:
    """Show the form: back up the whole tenant, types, or the policies in `policy_ids`."""
    return _form(tenant, request.args.getlist("policy_ids"), {})


@blueprint.post("")
@for_tenant(Capability.BACKUP_CREATE)
def create(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation. Invalid inputs are explained in the form, which keeps what was typed."""
    try:
        started = start("backup.create", actor=current_actor(), tenant_id=tenant.id, inputs=_inputs())
    except InvalidInputs as refused:
        if wants_json():
            return jsonify(errors=refused.errors), 422
        return _form(tenant, request.form.getlist("policy_ids"), refused.errors), 422
    return answer(started, back_to=url_for("backups.list_sets", tenant_id=tenant.id))


@blueprint.get("/<int:backup_set_id>")
@for_tenant(Capability.BACKUPS_VIEW)
def show(tenant: Tenant, backup_set_id: int) -> ResponseReturnValue:
    """Show the items of a set by name; filters and cursor are in the URL."""
    backup = _set_or_404(tenant, backup_set_id)
    return _page(tenant, backup, read_query(request.path, request.args))


@blueprint.post("/<int:backup_set_id>/archive")
@for_tenant(Capability.BACKUP_CREATE)
def archive(tenant: Tenant, backup_set_id: int) -> ResponseReturnValue:
    """Archive a set, or with `archived=no` take it out of the archive; at once, without a run (R17)."""
    backup = _set_or_404(tenant, backup_set_id)
    archived = request.form.get("archived", "yes") != "no"
    if backup.status == BackupStatus.CAPTURING:
        flash(_("This backup is still being made. Wait for its end, or cancel its run."), "warning")
    else:
        storage.archive_set(backup.id, archived=archived)
        flash(_("The backup is archived.") if archived else _("The backup is in use again."), "success")
    return redirect(url_for("backups.show", tenant_id=tenant.id, backup_set_id=backup.id), 303)


@blueprint.post("/<int:backup_set_id>/delete")
@for_tenant(Capability.BACKUP_DELETE)
def delete(tenant: Tenant, backup_set_id: int) -> ResponseReturnValue:
    """Delete a set if its name was typed and nothing uses it; at once, without a run (R17)."""
    backup = _set_or_404(tenant, backup_set_id)
    typed = " ".join(request.form.get("name", "").split())
    if typed != backup.name:
        return _refused(tenant, backup, typed, _("Type the name of the backup exactly as it stands above."))
    try:
        storage.delete_set(backup.id, _("This backup is still being made. Wait for its end, or cancel its run."))
    except SetInUse as in_use:
        return _refused(tenant, backup, typed, in_use.reason)
    if wants_json():
        return jsonify(deleted=backup.id)
    flash(_("The backup “%(name)s” is deleted.", name=backup.name), "success")
    return redirect(url_for("backups.list_sets", tenant_id=tenant.id), 303)


@blueprint.get("/<int:backup_set_id>/items/<int:backup_item_id>")
@for_tenant(Capability.BACKUPS_VIEW)
def show_item(tenant: Tenant, backup_set_id: int, backup_item_id: int) -> ResponseReturnValue:
    """Show one policy as it was captured."""
    backup, item = _item_or_404(tenant, backup_set_id, backup_item_id)
    document = queries.read_item(item.id)
    if document is None:
        abort(404)
    content = None if document.content is None else masked(document.content)
    text = None if content is None else json.dumps(content, indent=2, ensure_ascii=False)
    return render_template(
        "intune/backups/item.html",
        tenant=tenant,
        backup=backup,
        item=item,
        assignments=document.assignments,
        text=text if text is not None and len(text) <= MOST_BYTES_SHOWN else None,
        size=len(text.encode()) if text is not None else None,
        type_label=type_label(item.type),
        secrets=list_secrets(content) if content is not None else [],
    )


@blueprint.post("/<int:backup_set_id>/items/<int:backup_item_id>/secrets")
@for_tenant(Capability.SECRETS_READ)
def show_secrets(tenant: Tenant, backup_set_id: int, backup_item_id: int) -> ResponseReturnValue:
    """Show the secrets of an item in plain, or download it with them; the log says who did."""
    _backup, item = _item_or_404(tenant, backup_set_id, backup_item_id)
    revealed = queries.reveal_item(item.id)
    if revealed is None:
        abort(404)
    note_reading(f"item {item.id} of backup set {backup_set_id} of tenant {tenant.id}")
    back = url_for("backups.show_item", tenant_id=tenant.id, backup_set_id=backup_set_id, backup_item_id=item.id)
    return show_revealed(tenant, item.name, revealed, back, f"backup-{backup_set_id}-item-{backup_item_id}.json")


@blueprint.get("/<int:backup_set_id>/items/<int:backup_item_id>.json")
@for_tenant(Capability.BACKUPS_VIEW)
def download(tenant: Tenant, backup_set_id: int, backup_item_id: int) -> ResponseReturnValue:
    """Return the stored content of an item, whatever its size."""
    _backup, item = _item_or_404(tenant, backup_set_id, backup_item_id)
    content = queries.find_item_text(item.id)
    if content is None:
        abort(404)
    response = Response(content, mimetype="application/json")
    name = f"backup-{backup_set_id}-item-{backup_item_id}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(
    tenant: Tenant, backup: BackupSet, query: ItemQuery, typed: str = "", delete_error: str | None = None
) -> ResponseReturnValue:
    page = None if query.errors else queries.list_items(backup.id, query.wanted, read_cursor(request.args))
    body = render_template(
        "intune/backups/show.html",
        tenant=tenant,
        backup=backup,
        badge=set_badge(backup.status),
        explanation=explanation_of(backup.status),
        query=query,
        page=page,
        counts=queries.count_items_by_type(backup.id),
        types=POLICY_TYPES,
        type_label=type_label,
        typed=typed,
        delete_error=delete_error,
        next_url=page_url(request.path, query.given, page.next) if page else None,
        previous_url=page_url(request.path, query.given, page.previous) if page else None,
    )
    return body, 422 if query.errors or delete_error else 200


def _refused(tenant: Tenant, backup: BackupSet, typed: str, reason: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(errors={"name": reason}), 422
    path = url_for("backups.show", tenant_id=tenant.id, backup_set_id=backup.id)
    return _page(tenant, backup, read_query(path, {}), typed, reason)


def _inputs() -> Mapping[str, object]:
    """Read the inputs from the form, a button or a JSON body; answers 400 if it is not valid JSON."""
    if request.is_json:
        body = request.get_json()
        return body if isinstance(body, dict) else {"policy_ids": body}
    form = request.form
    scope = form.get("scope", "policies" if "policy_ids" in form or "selection" in form else "all")
    chosen = {"selection": form["selection"]} if form.get("selection") else {"policy_ids": form.getlist("policy_ids")}
    selections: dict[str, dict[str, object]] = {
        "all": {"all": True},
        "types": {"types": form.getlist("types")},
        "policies": dict(chosen),
    }
    # A checkbox is sent only when it is ticked; `scope` says that the form had one.
    assignments = form.get("assignments", "no" if "scope" in form else "yes")
    return {"name": form.get("name", ""), "assignments": assignments, **selections.get(scope, {})}


def _form(tenant: Tenant, policy_ids: list[str], errors: Mapping[str, str]) -> str:
    ids = [int(each) for each in policy_ids if each.isascii() and each.isdigit() and len(each) < 19]
    policies = find_references(tenant.id, ids)
    form = request.form
    return render_template(
        "intune/backups/new.html",
        tenant=tenant,
        policies=policies,
        most_names=MOST_NAMES_SHOWN,
        types=POLICY_TYPES,
        chosen_types=form.getlist("types"),
        scope=form.get("scope", "policies" if policies else "all"),
        name=form.get("name", f"Backup {utcnow():%Y-%m-%d %H:%M}"),
        with_assignments="assignments" in form or "scope" not in form,
        longest_name=LONGEST_SET_NAME,
        errors=errors,
        type_label=type_label,
    )


def _set_or_404(tenant: Tenant, set_id: int) -> BackupSet:
    backup = queries.find_backup_set(set_id) if set_id <= LARGEST_ID else None
    if backup is None or backup.tenant_id != tenant.id:
        abort(404)
    return backup


def _item_or_404(tenant: Tenant, set_id: int, item_id: int) -> tuple[BackupSet, BackupItem]:
    backup = _set_or_404(tenant, set_id)
    item = queries.find_item(item_id) if item_id <= LARGEST_ID else None
    if item is None or item.backup_set_id != backup.id:
        abort(404)
    return backup, item
