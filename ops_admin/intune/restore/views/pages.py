"""The read-only pages: the list of restores, a restore with its items, and a single item."""

from urllib.parse import urlencode

from flask import abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.navigation import current_tenants
from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import current_rights
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.backups.queries import find_backup_set, read_item
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.intune.restore import presenter, queries, reach_labels
from ops_admin.intune.restore.access_policies import mode_of, summarize
from ops_admin.intune.restore.decisions import said_of
from ops_admin.intune.restore.filters import filters_in_force, list_filters
from ops_admin.intune.restore.queries import ItemFilter, Restore, RestoreItemDetail
from ops_admin.intune.restore.reaching import planned_reach, reach_of, written_reach
from ops_admin.intune.restore.secrets import count_missing
from ops_admin.intune.restore.states import Action, ItemState
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.lookups import may_read_source, restore_or_404, restore_url, source_of, steps_of
from ops_admin.runs.controls import Controls, controls_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import find_run
from ops_admin.web.keyset import LARGEST_ID, page_url, read_cursor

LONGEST_SEARCH = 200


@blueprint.get("")
@for_tenant(Capability.RESTORES_VIEW)
def list_restores(tenant: Tenant) -> ResponseReturnValue:
    """List the restores into this tenant, newest first."""
    cursor = read_cursor(request.args)
    page = queries.list_restores(tenant.id, cursor)
    names = {each.id: each.display_name for each in current_tenants()}
    return render_template(
        "intune/restore/list.html",
        tenant=tenant,
        page=page,
        cursor=cursor,
        counts=queries.count_items_of(row.id for row in page.rows),
        names=names,
        may_read_source=may_read_source,
        status_mark=presenter.status_mark,
        next_url=page_url(request.path, {}, page.next),
        previous_url=page_url(request.path, {}, page.previous),
    )


@blueprint.get("/<int:restore_id>")
@for_tenant(Capability.RESTORES_VIEW)
def show(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Show a restore: what was chosen, what the preview found, and the result of each item."""
    restore = restore_or_404(tenant, restore_id)
    actions, results = queries.count_by_action(restore.id), queries.count_by_result(restore.id)
    if wants_json():
        reach = written_reach(restore) if restore.started_at else planned_reach(restore)
        return jsonify(presenter.document_of(restore, actions, results, reach))
    given = _given()
    page = queries.list_items(restore.id, _filter(given), read_cursor(request.args))
    run = find_run(restore.operation_run_id) if restore.operation_run_id else None
    template = "intune/restore/_restore.html" if is_htmx() else "intune/restore/show.html"
    return render_template(
        template,
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        source=source_of(restore),
        preview_run=find_run(restore.preview_run_id) if restore.preview_run_id else None,
        run=run,
        actions=actions,
        problems=presenter.problems_of(queries.count_by_problem(restore.id)),
        controls=_controls(run),
        results=results,
        total=sum(actions.values()),
        types=queries.count_by_type(restore.id),
        undecided=queries.count_undecided(restore.id),
        groups=queries.list_groups(restore.id),
        filters=list_filters(restore.id),
        secrets_missing=count_missing(restore.id),
        access=summarize(restore),
        page=page,
        given=given,
        presenter=presenter,
        labels=reach_labels,
        reach_of=reach_of,
        type_label=type_label,
        steps=steps_of(restore, _step_of(restore)),
        page_url=lambda **changes: _url(given, **changes),
        next_url=page_url(request.path, given, page.next),
        previous_url=page_url(request.path, given, page.previous),
    )


@blueprint.get("/<int:restore_id>/items/<int:item_id>")
@for_tenant(Capability.RESTORES_VIEW)
def show_item(tenant: Tenant, restore_id: int, item_id: int) -> ResponseReturnValue:
    """Show one item: how it differs from the tenant, its assignments, and its result."""
    restore = restore_or_404(tenant, restore_id)
    detail = queries.find_detail(restore.id, item_id) if item_id <= LARGEST_ID else None
    if detail is None:
        abort(404)
    return render_template(
        "intune/restore/item.html",
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        detail=detail,
        item=detail.item,
        source=source_of(restore),
        assignments=_assignments(restore, detail),
        reach=reach_of(detail.item),
        labels=reach_labels,
        said=said_of(detail.item),
        presenter=presenter,
        type_label=type_label,
        is_assignable=is_assignable(detail.item.type),
        is_decidable=restore.is_executable and detail.item.begun_at is None and bool(detail.candidates),
    )


@blueprint.get("/<int:restore_id>/execute")
@for_tenant(Capability.RESTORE)
def confirm(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Ask for confirmation before anything is written: into which tenant, how much, and what takes effect at once."""
    restore = restore_or_404(tenant, restore_id)
    if not restore.is_executable:
        return redirect(restore_url(restore), 303)
    return render_template(
        "intune/restore/confirm.html",
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        source=source_of(restore),
        actions=queries.count_by_action(restore.id),
        results=queries.count_by_result(restore.id),
        problems=presenter.problems_of(queries.count_by_problem(restore.id)),
        types=queries.count_by_type(restore.id),
        access=summarize(restore),
        access_mode=mode_of(restore),
        reach=planned_reach(restore),
        labels=reach_labels,
        steps=steps_of(restore, 5),
    )


def _controls(run: Run | None) -> Controls | None:
    return controls_of(run, current_rights()) if run else None


def _assignments(restore: Restore, detail: RestoreItemDetail) -> list[presenter.AssignmentLine] | None:
    document = read_item(detail.item.backup_item_id)
    if document is None or document.assignments is None:
        return None
    rows = queries.list_groups(restore.id)
    sources = {row.source_group_id: row.source_name for row in rows if row.source_name}
    targets = {row.target_group_id: row.target_name for row in rows if row.target_group_id and row.target_name}
    mapping = queries.read_mapping(restore.id)
    filters = None if restore.source_tenant_id == restore.tenant_id else filters_in_force(restore.id)
    return presenter.describe_assignments(document.assignments, mapping, sources, targets, filters)


def _step_of(restore: Restore) -> int:
    return 4 if restore.is_editable else 5


def _given() -> dict[str, str]:
    known = {"type": POLICY_TYPES, "action": list(Action), "result": [*ItemState, queries.DROPPED]}
    given = {name: request.args[name] for name, words in known.items() if request.args.get(name) in words}
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return {**given, **({"q": search} if search else {})}


def _filter(given: dict[str, str]) -> ItemFilter:
    return ItemFilter(given.get("q"), given.get("type"), given.get("action"), given.get("result"))


def _url(given: dict[str, str], **changes: str | None) -> str:
    wanted = {name: value for name, value in {**given, **changes}.items() if value}
    return f"{request.path}?{urlencode(wanted)}" if wanted else request.path
