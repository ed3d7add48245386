"""Signing in with Microsoft, connecting a tenant, and searching its groups with the user's own token (R39, R47).

Nothing here runs while a page is rendered: each route is a form, or the callback from Microsoft.
"""

import logging
from contextlib import suppress
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant, open_to_all
from ops_admin.access.people.labels import ROLE_LABELS
from ops_admin.access.people.page import access_page
from ops_admin.access.prompts import is_htmx
from ops_admin.access.queries import Tenant
from ops_admin.access.redirects import local_or_home
from ops_admin.auth.microsoft import labels, signing_in, storage
from ops_admin.auth.microsoft.admission import NotAdmitted
from ops_admin.auth.microsoft.identity import InvalidClaims
from ops_admin.auth.microsoft.links import read_link
from ops_admin.auth.microsoft.outbound.authority import LIMITS, Authority, SignInFailed
from ops_admin.auth.microsoft.outbound.groups import Found, more_groups, search_groups
from ops_admin.auth.microsoft.outbound.tokens import KeptTokens
from ops_admin.auth.microsoft.searching import Answer, answer_of
from ops_admin.auth.microsoft.storage import Pending
from ops_admin.auth.microsoft.store import StoreUnavailable
from ops_admin.credentials.availability import signs_in_with_microsoft_in, signs_in_with_microsoft_on
from ops_admin.credentials.choosing import settings_for
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import CREDENTIAL_UNREADABLE, UNAUTHORIZED, GraphError
from ops_admin.infra.extensions import limiter

logger = logging.getLogger(__name__)

blueprint = Blueprint("microsoft", __name__)

LONGEST_SEARCH = 120
SHORTEST_SEARCH = 2

# Each flow asks the login service for its metadata, and its state is kept for minutes.
throttle = limiter.limit("30 per 5 minutes", key_func=get_remote_address)


@blueprint.post("/login/microsoft")
@open_to_all
@throttle
def begin() -> ResponseReturnValue:
    """Redirect to Microsoft's sign-in and, afterwards, to `next`; `directory` restricts it to one directory id."""
    if not signs_in_with_microsoft_in(_directory()):
        abort(404)
    next_page = local_or_home(request.args.get("next"))
    try:
        return redirect(signing_in.begin_entering(_directory(), next_page))
    except (SignInFailed, StoreUnavailable) as failure:
        return _back_to_login(_why_not_begun(failure), next_page)


@blueprint.get("/login/microsoft/callback")
@open_to_all
def finish() -> ResponseReturnValue:
    """Sign in whoever comes back from Microsoft, or keep their token; a code counts once."""
    try:
        pending = storage.take_pending()
    except StoreUnavailable:
        return _back_to_login(labels.UNAVAILABLE)
    if pending is None:
        return _back_to_login(labels.LOST)
    return _connect(pending) if pending.tenant_id is not None else _enter(pending)


@blueprint.post("/tenants/<int:tenant_id>/access/microsoft/connect")
@for_tenant(Capability.ACCESS_MANAGE)
def connect(tenant: Tenant) -> ResponseReturnValue:
    """Redirect to Microsoft's sign-in for a token to search this tenant's groups."""
    if not signs_in_with_microsoft_on(tenant.id):
        abort(404)
    try:
        return redirect(signing_in.begin_connecting(tenant))
    except (SignInFailed, StoreUnavailable) as failure:
        return _back_to_access(tenant.id, _why_not_begun(failure))


@blueprint.post("/tenants/<int:tenant_id>/access/microsoft/disconnect")
@for_tenant(Capability.ACCESS_MANAGE)
def disconnect(tenant: Tenant) -> ResponseReturnValue:
    """Delete the token."""
    try:
        signing_in.disconnect(tenant)
    except StoreUnavailable:
        return _back_to_access(tenant.id, labels.STORE_AWAY.text)
    return _back_to_access(tenant.id, _("This tenant's groups are no longer searched as you."), "success")


@blueprint.post("/tenants/<int:tenant_id>/access/groups/search")
@for_tenant(Capability.ACCESS_MANAGE)
def search(tenant: Tenant) -> ResponseReturnValue:
    """Search with the user's own token (R47)."""
    query = " ".join(request.form.get("q", "").split())[:LONGEST_SEARCH]
    more = request.form.get("more")
    answer = _search(tenant, query, more)
    status = 422 if answer.problem else 200
    values = {"tenant": tenant, "answer": answer, "labels": ROLE_LABELS}
    if not is_htmx():
        return access_page(tenant, found=answer), status
    if more and not answer.problem:
        return render_template("delegated/_more.html", **values)
    return render_template("delegated/_found.html", live=bool(request.form.get("live")), **values), status


def _search(tenant: Tenant, query: str, more: str | None) -> Answer:
    link = read_link(tenant.id, more) if more else None
    if more and link is None:
        return Answer(query, problem=labels.STALE_PAGE)
    if not more and len(query) < SHORTEST_SEARCH:
        return Answer(query, problem=labels.NOTHING_TYPED)
    try:
        found = _ask_graph(tenant, query, link)
    except GraphError as error:
        logger.info("a search of groups failed: %s", error)
        if error.code == UNAUTHORIZED:
            # If the token cannot be deleted now, it is refused again next time and expires by itself.
            with suppress(StoreUnavailable):
                signing_in.disconnect(tenant)
        return Answer(query, problem=labels.problem_of(error.code))
    except StoreUnavailable:
        return Answer(query, problem=labels.STORE_AWAY)
    return answer_of(tenant, query, found) if found else Answer(query, problem=labels.NOT_CONNECTED)


def _ask_graph(tenant: Tenant, query: str, link: str | None) -> Found | None:
    cache = storage.find_token(tenant.id)
    if cache is None:
        return None
    settings = settings_for(tenant)
    with Authority(settings, tenant.external_id, cache) as authority:
        tokens = KeptTokens(authority, lambda changed: storage.replace_token(tenant.id, changed))
        with GraphClient(settings, tenant.external_id, tokens=tokens, limits=LIMITS, interactive=True) as client:
            return more_groups(client, link) if link else search_groups(client, query)


def _enter(pending: Pending) -> ResponseReturnValue:
    try:
        signed_in, identity = signing_in.redeem(pending, request.args.to_dict())
        signing_in.enter(identity, signed_in)
    except NotAdmitted as refused:
        return _back_to_login(labels.NOT_ADMITTED[refused.reason], pending.next_page)
    except (SignInFailed, InvalidClaims, GraphError) as failure:
        return _back_to_login(_why(failure), pending.next_page)
    return redirect(local_or_home(pending.next_page))


def _connect(pending: Pending) -> ResponseReturnValue:
    try:
        tenant = signing_in.check_same_person(pending)
    except signing_in.NotTheSamePerson:
        return _back_to_login(labels.NOT_YOURS)
    try:
        signed_in, identity = signing_in.redeem(pending, request.args.to_dict())
        signing_in.connect(pending, identity, signed_in)
    except (SignInFailed, InvalidClaims) as failure:
        return _back_to_access(tenant.id, _why(failure))
    except StoreUnavailable:
        return _back_to_access(tenant.id, labels.STORE_AWAY.text)
    text = _("Connected: groups are searched as %(account)s.", account=identity.address)
    return _back_to_access(tenant.id, text, "success")


def _why_not_begun(failure: Exception) -> str:
    is_unreadable = isinstance(failure, SignInFailed) and failure.reason == CREDENTIAL_UNREADABLE
    return str(labels.UNREADABLE if is_unreadable else labels.UNAVAILABLE)


def _why(failure: Exception) -> str:
    """Return a message in our own words; the log names the kind of failure, never what Microsoft sent."""
    logger.warning("Microsoft sign-in failed: %s: %s", type(failure).__name__, failure)
    if request.args.get("error") == "access_denied":
        return str(labels.CANCELLED)
    if isinstance(failure, InvalidClaims) and str(failure) == "directory":
        return str(labels.OTHER_DIRECTORY)
    return str(labels.FAILED)


def _directory() -> str | None:
    """Return the requested directory; only ids, because otherwise strangers could choose the URL."""
    text = request.values.get("directory", "")
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


def _back_to_login(message: str, next_page: str | None = None) -> ResponseReturnValue:
    flash(str(message), "danger")
    return redirect(url_for("access.login", next=next_page if next_page != "/" else None))


def _back_to_access(tenant_id: int, message: str, level: str = "danger") -> ResponseReturnValue:
    flash(str(message), level)
    return redirect(url_for("people.show", tenant_id=tenant_id) + "#groups")
