"""The second step: choose policies of the backup set, page by page. Every button saves the selection."""

from collections.abc import Mapping

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import (
    ItemFilter,
    count_items_by_type,
    find_backup_set,
    list_all_items,
    list_items,
)
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.drafting import choose_items
from ops_admin.intune.restore.filters import list_filters
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import list_references
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.views.blueprint import blueprint
from ops_admin.intune.restore.views.lookups import (
    address,
    not_editable,
    refuse,
    restore_or_404,
    source_of,
    steps_of,
)
from ops_admin.intune.restore.views.previewing import go_to_preview
from ops_admin.intune.restore.views.references import assign_mode_field
from ops_admin.web.keyset import CURSOR, LARGEST_ID, read_cursor

LONGEST_SEARCH = 200


@blueprint.get("/<int:restore_id>/items")
@for_tenant(Capability.RESTORE)
def choose(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Show the contents of the backup set and what is chosen."""
    restore = restore_or_404(tenant, restore_id)
    if not restore.is_editable:
        return refuse(restore, not_editable())
    given = _given()
    wanted = ItemFilter(search=given.get("q"), type=given.get("type"))
    page = list_items(restore.backup_set_id, wanted, read_cursor(request.args))
    return render_template(
        "intune/restore/items.html",
        tenant=tenant,
        restore=restore,
        source=source_of(restore),
        backup_set=find_backup_set(restore.backup_set_id),
        page=page,
        given=given,
        chosen=queries.chosen_ids(restore.id),
        counts=count_items_by_type(restore.backup_set_id),
        types=POLICY_TYPES,
        type_label=type_label,
        steps=steps_of(restore, 2),
    )


@blueprint.post("/<int:restore_id>/items")
@for_tenant(Capability.RESTORE)
def save_items(tenant: Tenant, restore_id: int) -> ResponseReturnValue:
    """Save the selection of the submitted page, then redirect according to the button."""
    restore = restore_or_404(tenant, restore_id)
    marked, shown = _ids("item"), _ids("shown")
    button = request.form.get("do", "save")
    if button in ("all", "none"):
        matching = _matching(restore)
        marked, shown = (matching, frozenset()) if button == "all" else (frozenset(), matching)
    try:
        choose_items(restore, add=marked, remove=shown - marked)
        resolve_same_groups(restore)
    except NotEditable:
        return refuse(restore, not_editable())
    onward = _after(restore, button)
    return redirect(onward, 303) if onward else go_to_preview(restore)


def _after(restore: Restore, button: str) -> str | None:
    """Return the next page, or None if there is nothing to map."""
    if button == "continue" and queries.count_items_of([restore.id]):
        has_mapping = queries.list_groups(restore.id) or list_filters(restore.id) or list_references(restore.id)
        return address("map_groups", restore) if has_mapping or assign_mode_field(restore) else None
    if button == "search":
        return address("choose", restore, **_given(request.form))
    cursor = read_cursor(request.form) or read_cursor(request.args)
    return address("choose", restore, **_given(), **({CURSOR: str(cursor)} if cursor else {}))


def _given(words: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the filter from the page's URL, or from the form's own fields."""
    words = request.args if words is None else words
    search = words.get("q", "").strip()[:LONGEST_SEARCH]
    chosen = words.get("type", "")
    return {**({"q": search} if search else {}), **({"type": chosen} if chosen in POLICY_TYPES else {})}


def _matching(restore: Restore) -> frozenset[int]:
    given = _given()
    key = search_key_of(given.get("q", ""))
    return frozenset(
        item.id
        for item in list_all_items(restore.backup_set_id)
        if given.get("type") in (None, item.type)
        and (key in search_key_of(item.name) or item.external_id == given.get("q"))
    )


def _ids(name: str) -> frozenset[int]:
    texts = (text for text in request.form.getlist(name) if text.isascii() and text.isdigit() and len(text) < 20)
    return frozenset(number for text in texts if (number := int(text)) <= LARGEST_ID)
