"""The page of a tenant's credentials. It reads only the database; checks are runs (R34, R75)."""

import logging

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import get_current_user
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials import installation, storage
from ops_admin.credentials.expiry import is_soon
from ops_admin.credentials.labels import KINDS
from ops_admin.credentials.queries import find_candidate, find_current
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.credentials.forms import CredentialForm
from ops_admin.runs.actors import current_actor
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.web.responses import answer

logger = logging.getLogger(__name__)

blueprint = Blueprint("credentials", __name__, url_prefix="/tenants/<int:tenant_id>/credentials")


@blueprint.get("")
@for_tenant(Capability.CREDENTIALS_MANAGE)
def show(tenant: Tenant) -> ResponseReturnValue:
    """Show which credential is used, which one waits for its check, and the form."""
    return _page(tenant, CredentialForm())


@blueprint.post("")
@for_tenant(Capability.CREDENTIALS_MANAGE)
def add(tenant: Tenant) -> ResponseReturnValue:
    """Store a credential, sealed, and start its check. It is used once the check has succeeded."""
    form, user = CredentialForm(), get_current_user()
    if not form.validate_on_submit():
        return _page(tenant, form), 422
    with transaction():
        credential_id = storage.propose(tenant.id, form.credential(), user.display_name, user.id)
        started = _start_check(tenant, credential_id)
    return answer(started, back_to=_address(tenant))


@blueprint.post("/check")
@for_tenant(Capability.CREDENTIALS_MANAGE)
def check(tenant: Tenant) -> ResponseReturnValue:
    """Check the credential that waits, else the one that is used."""
    candidate = find_candidate(tenant.id)
    return answer(_start_check(tenant, candidate.id if candidate else None), back_to=_address(tenant))


@blueprint.post("/discard")
@for_tenant(Capability.CREDENTIALS_MANAGE)
def discard(tenant: Tenant) -> ResponseReturnValue:
    """Delete the credential that waits for its check; the log says who did."""
    if storage.remove(tenant.id, is_current=False):
        _note("discarded the new credential", tenant)
        flash(_("The new credential is discarded."), "success")
    return redirect(_address(tenant), 303)


@blueprint.post("/remove")
@for_tenant(Capability.CREDENTIALS_MANAGE)
def remove(tenant: Tenant) -> ResponseReturnValue:
    """Delete the tenant's own credential; the installation's is used from then on. The log says who did."""
    if storage.remove(tenant.id, is_current=True):
        _note("removed the credential", tenant)
        flash(_("This tenant's own credential is removed."), "success")
    return redirect(_address(tenant), 303)


def _note(deed: str, tenant: Tenant) -> None:
    logger.warning("user %s %s of tenant %s", get_current_user().id, deed, tenant.id)


def _start_check(tenant: Tenant, credential_id: int | None) -> Started:
    inputs = {} if credential_id is None else {"credential": credential_id}
    return start("credentials.check", actor=current_actor(), tenant_id=tenant.id, inputs=inputs)


def _page(tenant: Tenant, form: CredentialForm) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return render_template(
        "intune/credentials/show.html",
        tenant=tenant,
        form=form,
        current=find_current(tenant.id),
        candidate=find_candidate(tenant.id),
        installation=_installation(settings),
        kinds=KINDS,
        is_soon=is_soon,
        now=utcnow(),
    )


def _installation(settings: Settings) -> dict[str, object] | None:
    """Return what is known of the installation's credential without its secret; None if it has none."""
    if not settings.signs_in_with_microsoft:
        return None
    facts: dict[str, object] = {"client_id": settings.graph_client_id, "expires_at": None, "is_unreadable": False}
    facts["kind"] = "certificate" if settings.graph_certificate else "secret"
    try:
        facts["expires_at"] = installation.expiry_of(settings)
    except InvalidSetting:
        facts["is_unreadable"] = True
    return facts


def _address(tenant: Tenant) -> str:
    return url_for("credentials.show", tenant_id=tenant.id)
