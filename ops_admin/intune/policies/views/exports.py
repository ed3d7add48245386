"""Downloads the file of an export, or explains that it has expired (R41)."""

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import disk_of
from ops_admin.infra.file_storage.disks import DiskUnavailable, FileMissing
from ops_admin.intune.policies.exports import Export, find_export
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.runs.ledger import Run
from ops_admin.web.keyset import LARGEST_ID

PIECE = 64 * 1024
EXPORT_TYPE = "policies.export"


@blueprint.app_template_global()
def policy_export_of(run: Run) -> Export | None:
    """Return the file of an export run for its page, or None for other runs."""
    if run.type != EXPORT_TYPE or run.tenant_id is None:
        return None
    return find_export(run.tenant_id, run.id)


@blueprint.get("/exports/<int:run_id>")
@for_tenant(Capability.POLICIES_EXPORT)
def download_export(tenant: Tenant, run_id: int) -> ResponseReturnValue:
    """Stream the file of an export run until it expires."""
    export = find_export(tenant.id, run_id) if run_id <= LARGEST_ID else None
    if export is None:
        abort(404)
    if not export.is_available(utcnow()):
        return _gone(tenant, export, "expired"), 410
    settings: Settings = current_app.config["SETTINGS"]
    try:
        file = disk_of(settings, export.file_disk).read(export.file_path)
    except FileMissing:
        current_app.logger.exception("the file of export %s is gone before its time", export.id)
        return _gone(tenant, export, "lost"), 410
    except DiskUnavailable:
        current_app.logger.exception("the disk of export %s cannot be read", export.id)
        return _gone(tenant, export, "unavailable"), 503
    response = Response(_chunks(file), mimetype="application/zip")
    response.content_length = export.file_size
    response.headers.set("Content-Disposition", "attachment", filename=export.file_name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(PIECE):
            yield chunk


def _gone(tenant: Tenant, export: Export, why: str) -> str:
    return render_template("intune/policies/export_gone.html", tenant=tenant, export=export, why=why)
