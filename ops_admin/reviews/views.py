"""A tenant's review packs: the card, the list, the start form, and the download (R10, R16, R27, R46)."""

import logging
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import disk_of
from ops_admin.infra.file_storage.disks import DiskUnavailable, FileMissing
from ops_admin.reviews import presenter, queries
from ops_admin.reviews.options import DAYS, DEFAULT_DAYS, MOST_DAYS, OPTIONS, SECTION_LABELS, SECTIONS
from ops_admin.reviews.presenter import Missing
from ops_admin.reviews.queries import ReviewPack
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import find_run
from ops_admin.runs.web.responses import answer
from ops_admin.web.keyset import LARGEST_ID, page_url, read_cursor

blueprint = Blueprint("reviews", __name__, url_prefix="/tenants/<int:tenant_id>/review-packs")

# Tells a form without a selection from a button that has nothing to select.
CHOOSING = "choosing"
LIKE = "like"
_PIECE = 256 * 1024

logger = logging.getLogger(__name__)


@blueprint.get("")
@for_tenant(Capability.REVIEW_PACKS_VIEW)
def list_packs(tenant: Tenant) -> ResponseReturnValue:
    """List the packs, newest first, whatever became of them."""
    cursor = read_cursor(request.args)
    page = queries.list_packs(tenant.id, cursor)
    return render_template(
        "reviews/list.html",
        tenant=tenant,
        page=page,
        cursor=cursor,
        next_url=page_url(request.path, {}, page.next),
        previous_url=page_url(request.path, {}, page.previous),
        now=utcnow(),
    )


@blueprint.get("/card")
@for_tenant(Capability.REVIEW_PACKS_VIEW)
def card(tenant: Tenant) -> ResponseReturnValue:
    """Return the card of the newest pack, for a page that was told of a change."""
    return render_template("reviews/_card.html", tenant=tenant)


@blueprint.get("/new")
@for_tenant(Capability.REVIEW_PACKS_GENERATE)
def choose(tenant: Tenant) -> ResponseReturnValue:
    """Show the form for period and sections."""
    return _form(tenant, days=str(DEFAULT_DAYS), chosen=list(SECTION_LABELS))


@blueprint.post("")
@for_tenant(Capability.REVIEW_PACKS_GENERATE)
def generate(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation; errors are shown on their field, and the input is kept."""
    try:
        started = start("review_pack.generate", actor=current_actor(), tenant_id=tenant.id, inputs=_inputs(tenant))
    except InvalidInputs as refused:
        if wants_json() or request.is_json:
            return jsonify(errors=refused.errors), 422
        days, chosen = request.form.get(DAYS, "").strip(), request.form.getlist(SECTIONS)
        return _form(tenant, days, chosen, refused.errors), 422
    return answer(started, back_to=url_for("reviews.list_packs", tenant_id=tenant.id))


@blueprint.get("/<int:pack_id>/download")
@for_tenant(Capability.REVIEW_PACKS_VIEW)
def download(tenant: Tenant, pack_id: int) -> ResponseReturnValue:
    """Stream the file in pieces, or explain why there is none."""
    pack = _get_pack(tenant, pack_id)
    if not pack.is_ready(utcnow()):
        return _explain(tenant, pack, "unready" if pack.generated_at is None else "expired")
    try:
        file = disk_of(current_app.config["SETTINGS"], str(pack.file_disk)).read(str(pack.file_path))
    except FileMissing:
        logger.error("the file of review pack %s is not on its disk", pack.id)
        return _explain(tenant, pack, "lost")
    except DiskUnavailable as error:
        logger.error("review pack %s could not be read: %s", pack.id, error)
        return _explain(tenant, pack, "away")
    return _send(file, presenter.file_name(tenant, pack), pack)


def _send(file: BinaryIO, name: str, pack: ReviewPack) -> Response:
    response = Response(_pieces(file), mimetype="application/zip")
    response.call_on_close(file.close)  # also if the reader disconnects halfway
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    response.headers["Content-Length"] = str(pack.file_size)
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _explain(tenant: Tenant, pack: ReviewPack, missing: Missing) -> ResponseReturnValue:
    explanation = presenter.explain_missing(missing)
    if wants_json():
        error = {"code": explanation.status, "title": explanation.title, "message": explanation.text}
        return jsonify(error=error), explanation.status
    page = render_template("reviews/missing.html", tenant=tenant, pack=pack, explanation=explanation)
    return page, explanation.status


def _get_pack(tenant: Tenant, pack_id: int) -> ReviewPack:
    pack = queries.find_pack(tenant.id, pack_id) if pack_id <= LARGEST_ID else None
    return pack or abort(404)


def _inputs(tenant: Tenant) -> Mapping[str, object]:
    """Read the inputs from JSON, from the form, or from a button that asks for a pack like an existing one."""
    if request.is_json:
        body = request.get_json()
        return body if isinstance(body, dict) else {OPTIONS: body}
    if CHOOSING in request.form:
        return {OPTIONS: {DAYS: request.form.get(DAYS, ""), SECTIONS: request.form.getlist(SECTIONS)}}
    if LIKE in request.form:
        pack_id = request.form.get(LIKE, type=int)
        return {OPTIONS: _get_pack(tenant, pack_id or 0).options.as_json()}
    return {}


def _form(tenant: Tenant, days: str, chosen: list[str], errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "reviews/choose.html",
        tenant=tenant,
        days=days,
        most_days=MOST_DAYS,
        sections=SECTION_LABELS,
        chosen=chosen,
        errors=errors or {},
    )


def _active_run(pack: ReviewPack) -> Run | None:
    """Return the run of a pack that is being made, for its progress bar."""
    return find_run(pack.operation_run_id) if pack.is_active else None


TEMPLATE_GLOBALS = {
    "latest_review_pack": queries.find_latest_pack,
    "review_pack_badge": presenter.pack_badge,
    "review_pack_options": presenter.say_options,
    "review_pack_reason": presenter.why_failed,
    "review_pack_run": _active_run,
}
