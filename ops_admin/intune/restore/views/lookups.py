"""Resolves the objects that a URL names, for readers who may see them. Everything else is a 404."""

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.access.queries import Tenant, find_tenant
from ops_admin.access.rights import current_rights
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.filters import undecided_filters
from ops_admin.intune.restore.presenter import Step
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.actors import current_actor
from ops_admin.runs.ledger import Actor
from ops_admin.runs.web.presenter import Toast
from ops_admin.web.keyset import LARGEST_ID


def restore_or_404(tenant: Tenant, restore_id: int) -> Restore:
    """Return a restore into this tenant, for readers who may also read the source tenant (R68). Otherwise 404.

    A restore shows the content of its backup, so a role on the target alone is not enough for any of its pages.
    """
    restore = queries.find_restore(restore_id) if restore_id <= LARGEST_ID else None
    if restore is None or restore.tenant_id != tenant.id or not may_read_source(restore):
        abort(404)
    return restore


def may_read_source(restore: Restore) -> bool:
    """Whether the reader may read the backup being restored."""
    return current_rights().may(Capability.BACKUPS_VIEW, restore.source_tenant_id)


def source_of(restore: Restore) -> Tenant | None:
    """Return the source tenant, or None if the reader may not see it."""
    may_see = current_rights().may(Capability.TENANT_VIEW, restore.source_tenant_id)
    return find_tenant(restore.source_tenant_id) if may_see else None


def actor() -> Actor:
    """Return the signed-in user as an actor."""
    return current_actor()


def address(endpoint: str, restore: Restore, **values: Any) -> str:
    """Return the URL of one of the restore's pages."""
    return url_for(f"restores.{endpoint}", tenant_id=restore.tenant_id, restore_id=restore.id, **values)


def restore_url(restore: Restore) -> str:
    """Return the URL of the restore's own page."""
    return address("show", restore)


def refuse(restore: Restore, errors: Mapping[str, str]) -> ResponseReturnValue:
    """Answer a request that cannot be carried out now: a message on the restore's page, or JSON with 409."""
    text = " ".join(errors.values())
    if wants_json():
        return jsonify(errors=dict(errors)), 409
    if is_htmx():
        toast = Toast(_("Nothing was started"), text, "warning", restore_url(restore), _("View restore"))
        return render_template("runs/toast.html", toast=toast)
    return say_and_return(restore, text)


def say_and_return(restore: Restore, text: str, level: str = "warning") -> Response:
    """Redirect to the restore's page, which shows the text once."""
    flash(text, level)
    response: Response = redirect(restore_url(restore), 303)  # type: ignore[assignment]  # werkzeug's is Flask's here
    return response


def not_editable() -> dict[str, str]:
    """The answer to a change of a restore that is executing or has been executed."""
    return {"restore": _("This restore was started already: what it wrote must stay readable. Make a new one from it.")}


def steps_of(restore: Restore | None, current: int) -> list[Step]:
    """Return the wizard's steps. Every step reached so far can be revisited while the restore is editable."""
    labels = (_("Backup set"), _("Policies"), _("Mapping"), _("Preview"), _("Restore"))
    urls, done = _progress_of(restore) if restore else ((None,) * 5, (False,) * 5)
    return [
        Step(number, label, url, number == current, is_done)
        for number, label, url, is_done in zip(range(1, 6), labels, urls, done, strict=True)
    ]


def _progress_of(restore: Restore) -> tuple[tuple[str | None, ...], tuple[bool, ...]]:
    """Return each step's URL, if it can be visited, and whether it is done."""
    has_items, is_open = bool(queries.count_items_of([restore.id])), restore.is_editable
    urls = (
        None,
        address("choose", restore) if is_open else None,
        address("map_groups", restore) if is_open and has_items else None,
        restore_url(restore) if is_open and has_items else None,
        None,
    )
    is_decided = has_items and not queries.count_undecided(restore.id) and not undecided_filters(restore.id)
    return urls, (True, has_items, is_decided, restore.is_previewed, restore.completed_at is not None)
