"""The third step: map groups and filters, using only what is cached of the target (R34, R43)."""

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.backups.queries import find_backup_set
from ops_admin.intune.directory.filters import find_filter_sync
from ops_admin.intune.directory.queries import count_groups, find_directory_sync, list_groups
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import choose_mode
from ops_admin.intune.restore.assignment_modes import choose_assign_mode
from ops_admin.intune.restore.earlier import earlier_groups
from ops_admin.intune.restore.filters import decide_filters, undecided_filters
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.queries import GroupRow, Restore
from ops_admin.intune.restore.references import decide_references
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.suggestions import Candidate, name_groups, suggest
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.filters import PostedFilters, filter_choices, read_filters
from ops_admin.intune.restore.views.lookups import (
    address,
    not_editable,
    refuse,
    restore_or_404,
    source_of,
    steps_of,
)
from ops_admin.intune.restore.views.previewing import go_to_preview
from ops_admin.intune.restore.views.references import (
    PostedReferences,
    access_mode_field,
    assign_mode_field,
    read_access_mode,
    read_assign_mode,
    read_references,
    reference_sections,
)
from ops_admin.web.keyset import LARGEST_ID, page_url, read_cursor

LONGEST_SEARCH = 200
LONGEST_NUMBER = 20
SKIP = "skip"
_MAP = "map:"


@blueprint.get("/<int:restore_id>/groups")
@for_tenant(Capability.RESTORE)
def map_groups(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Show every group named by the selected policies, with its decision and suggestions."""
    restore = restore_or_404(tenant, restore_id)
    if not restore.is_editable:
        return refuse(restore, not_editable())
    return _page(tenant, restore), 200


@blueprint.post("/<int:restore_id>/groups")
@for_tenant(Capability.RESTORE)
def save_groups(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Save the form's decisions. A group that is not in the cache (any more) is refused next to its field."""
    restore = restore_or_404(tenant, restore_id)
    rows = queries.list_groups(restore.id)
    button = request.form.get("do", "save")
    posted = {row.id: request.form.get(f"group-{row.id}", "") for row in rows}
    decisions, errors = _read(restore, rows, posted)
    filters = read_filters(restore, request.form, skip_undecided=button == SKIP)
    references = read_references(restore, request.form)
    if errors or filters.errors or references.errors:
        return _page(tenant, restore, posted, errors, filters, references), 422
    undecided = [row for row in rows if row.decision is None and row.source_group_id not in decisions]
    if button == "suggestions":
        decisions |= _unambiguous(suggest(tenant.id, undecided))
    elif button == SKIP:
        decisions |= {row.source_group_id: Decided(None) for row in undecided}
    try:
        with transaction():
            decide_groups(restore, decisions)
            decide_filters(restore, filters.decisions)
            decide_references(restore, references.decisions)
            choose_mode(restore, read_access_mode(restore, request.form))
            choose_assign_mode(restore, read_assign_mode(restore, request.form))
    except NotEditable:
        return refuse(restore, not_editable())
    onward = _after(restore, button)
    return redirect(onward, 303) if onward else go_to_preview(restore)


@blueprint.get("/<int:restore_id>/groups/<int:mapping_id>")
@for_tenant(Capability.RESTORE)
def find_group(tenant: Tenant, restore_id: int, mapping_id: int) -> ResponseReturnValue:
    """Search the cached directory for the group to map a source group to."""
    restore = restore_or_404(tenant, restore_id)
    row = _row_or_404(restore, mapping_id)
    search = request.args.get("q", row.source_name or "").strip()[:LONGEST_SEARCH]
    page = list_groups(tenant.id, search or None, read_cursor(request.args))
    return render_template(
        "intune/restore/group.html",
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        row=row,
        search=search,
        page=page,
        steps=steps_of(restore, 3),
        sync=find_directory_sync(tenant.id),
        cached=count_groups(tenant.id),
        next_url=page_url(request.path, {"q": search}, page.next),
        previous_url=page_url(request.path, {"q": search}, page.previous),
    )


@blueprint.post("/<int:restore_id>/groups/<int:mapping_id>")
@for_tenant(Capability.RESTORE)
def choose_group(tenant: Tenant, restore_id: int, mapping_id: int) -> ResponseReturnValue:
    """Map one group to the chosen cached one."""
    restore = restore_or_404(tenant, restore_id)
    row = _row_or_404(restore, mapping_id)
    chosen = request.form.get("target", "")
    decisions, errors = _read(restore, [row], {row.id: _MAP + chosen})
    if errors:
        flash(errors[row.id], "warning")
        return redirect(address("find_group", restore, mapping_id=row.id), 303)
    try:
        decide_groups(restore, decisions)
    except NotEditable:
        return refuse(restore, not_editable())
    return redirect(address("map_groups", restore, _anchor=f"group-{row.id}"), 303)


def _page(
    tenant: Tenant,
    restore: Restore,
    posted: Mapping[int, str] | None = None,
    errors: Mapping[int, str] | None = None,
    filters: PostedFilters | None = None,
    references: PostedReferences | None = None,
) -> str:
    rows = queries.list_groups(restore.id)
    suggestions, earlier = suggest(tenant.id, rows), _earlier(restore, rows)
    return render_template(
        "intune/restore/groups.html",
        tenant=tenant,
        restore=restore,
        backup_set=find_backup_set(restore.backup_set_id),
        source=source_of(restore),
        rows=rows,
        suggestions={key: [*known, *_new(earlier.get(key), known)] for key, known in suggestions.items()},
        earlier=earlier,
        values={row.id: (posted or {}).get(row.id) or _value_of(row, earlier) for row in rows},
        errors=errors or {},
        undecided=sum(row.decision is None for row in rows),
        filters=filter_choices(restore, filters),
        filter_sync=find_filter_sync(tenant.id),
        sections=reference_sections(restore, references),
        access_mode=access_mode_field(restore),
        assign_mode=assign_mode_field(restore),
        steps=steps_of(restore, 3),
        sync=find_directory_sync(tenant.id),
        cached=count_groups(tenant.id),
    )


def _earlier(restore: Restore, rows: list[GroupRow]) -> dict[str, Candidate | None]:
    """Return what an earlier restore decided on undecided groups, as far as it is still possible. None is skipped."""
    undecided = {row.source_group_id for row in rows if row.decision is None}
    decided = {key: target for key, target in earlier_groups(restore).items() if key in undecided}
    names = name_groups(restore.tenant_id, [target for target in decided.values() if target])
    return {
        key: Candidate(target, names[target], "earlier") if target else None
        for key, target in decided.items()
        if target is None or target in names
    }


def _new(candidate: Candidate | None, known: list[Candidate]) -> list[Candidate]:
    is_known = candidate is None or any(each.external_id == candidate.external_id for each in known)
    return [] if candidate is None or is_known else [candidate]


def _value_of(row: GroupRow, earlier: Mapping[str, Candidate | None]) -> str:
    if row.decision is None:
        if row.source_group_id not in earlier:
            return ""
        chosen = earlier[row.source_group_id]
        return _MAP + chosen.external_id if chosen else SKIP
    return _MAP + row.target_group_id if row.target_group_id else SKIP


def _read(
    restore: Restore, rows: list[GroupRow], posted: Mapping[int, str]
) -> tuple[dict[str, Decided], dict[int, str]]:
    """Return the decisions by source group, and the errors by row."""
    targets = {value.removeprefix(_MAP) for value in posted.values() if value.startswith(_MAP)}
    names = name_groups(restore.tenant_id, targets)
    decisions: dict[str, Decided] = {}
    errors: dict[int, str] = {}
    for row in rows:
        value = posted[row.id]
        target = value.removeprefix(_MAP)
        if value == SKIP:
            decisions[row.source_group_id] = Decided(None)
        elif value.startswith(_MAP) and (target in names or target == row.target_group_id):
            decisions[row.source_group_id] = Decided(target, names.get(target, row.target_name))
        elif value:
            errors[row.id] = _(
                "This group is not in the cached directory (any more). Sync the groups, or choose another."
            )
    return decisions, errors


def _unambiguous(suggestions: Mapping[str, list[Candidate]]) -> dict[str, Decided]:
    """Return the mappings that need no guess: the group with the same id, or the only one with the same name."""
    chosen = {}
    for source_id, candidates in suggestions.items():
        same = [each for each in candidates if each.reason == "same_id"] or candidates
        if len(same) == 1:
            chosen[source_id] = Decided(same[0].external_id, same[0].display_name)
    return chosen


def _after(restore: Restore, button: str) -> str | None:
    """Return the next page, or None if nothing is left to decide."""
    action, _colon, mapping_id = button.partition(":")
    if action == "find" and mapping_id.isascii() and mapping_id.isdigit() and len(mapping_id) < LONGEST_NUMBER:
        return address("find_group", restore, mapping_id=int(mapping_id))
    if button != "continue":
        return address("map_groups", restore)
    if queries.count_undecided(restore.id):
        flash(_("Map or skip every group: some are still undecided."), "warning")
        return address("map_groups", restore)
    if undecided_filters(restore.id):
        flash(_("Map or skip every assignment filter: some are still undecided."), "warning")
        return address("map_groups", restore, _anchor="filters")
    return None


def _row_or_404(restore: Restore, mapping_id: int) -> GroupRow:
    row = queries.find_group(restore.id, mapping_id) if mapping_id <= LARGEST_ID else None
    if row is None:
        abort(404)
    return row
