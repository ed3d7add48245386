"""A tenant's Access page and its forms; everything comes from the database (R34, R36)."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.administration import NotAMember
from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.current import current_user
from ops_admin.access.guards import for_tenant
from ops_admin.access.people import changing, groups
from ops_admin.access.people.choices import InvalidChoice, read_choice
from ops_admin.access.people.labels import ROLE_LABELS
from ops_admin.access.people.page import AddForm, access_page
from ops_admin.access.people.queries import find_candidate
from ops_admin.access.queries import Tenant, find_user
from ops_admin.access.rights import rights_of

blueprint = Blueprint("people", __name__, url_prefix="/tenants/<int:tenant_id>/access")

ID = "int(max=9223372036854775807)"


@blueprint.get("")
@for_tenant(Capability.ACCESS_MANAGE)
def show(tenant: Tenant) -> ResponseReturnValue:
    """Show people and groups with their roles."""
    return access_page(tenant)


@blueprint.post("/people")
@for_tenant(Capability.ACCESS_MANAGE)
def add(tenant: Tenant) -> ResponseReturnValue:
    """Give a member of the workspace a role; errors are shown on their field."""
    form = AddForm(request.form.get("email", "").strip()[:254], request.form.get("role", ""))
    role = _role(form.role)
    candidate = find_candidate(tenant, form.email)
    if role is None:
        return access_page(tenant, form.refused("role", _("Choose a role."))), 422
    if candidate is None:
        return access_page(tenant, form.refused("email", _("No member of this workspace has this address."))), 422
    try:
        changing.give_role(tenant, candidate.user_id, role)
    except changing.HasRoleAlready:
        return access_page(tenant, form.refused("email", _("This person is in the list already."))), 422
    except NotAMember:
        abort(409)
    flash(_("%(name)s is now %(role)s.", name=candidate.display_name, role=ROLE_LABELS[role]), "success")
    return _back(tenant)


@blueprint.post(f"/people/<{ID}:user_id>")
@for_tenant(Capability.ACCESS_MANAGE)
def change(tenant: Tenant, user_id: int) -> ResponseReturnValue:
    """Change somebody's role."""
    role = _role(request.form.get("role", ""))
    if role is None:
        abort(400)
    try:
        changing.change_role(tenant, user_id, role)
    except changing.NoSuchPerson:
        abort(404)
    except changing.LastOwner:
        return _refuse_last_owner(tenant)
    flash(_("%(name)s is now %(role)s.", name=_name_of(user_id), role=ROLE_LABELS[role]), "success")
    return _back(tenant)


@blueprint.post(f"/people/<{ID}:user_id>/remove")
@for_tenant(Capability.ACCESS_MANAGE)
def remove(tenant: Tenant, user_id: int) -> ResponseReturnValue:
    """Remove somebody's role."""
    try:
        changing.remove_role(tenant, user_id)
    except changing.NoSuchPerson:
        abort(404)
    except changing.LastOwner:
        return _refuse_last_owner(tenant)
    flash(_("%(name)s has no role on this tenant any more.", name=_name_of(user_id)), "success")
    return _back(tenant)


@blueprint.post("/groups")
@for_tenant(Capability.ACCESS_MANAGE)
def grant(tenant: Tenant) -> ResponseReturnValue:
    """Grant a role to a group that a search found."""
    user, role = current_user(), _role(request.form.get("role", ""))
    try:
        group = read_choice(tenant.id, request.form.get("choice", ""))
    except InvalidChoice:
        flash(_("Choose one of the groups that the search found; after an hour, search again."), "danger")
        return _back(tenant)
    if role is None or user is None:
        flash(_("Choose a role."), "danger")
        return _back(tenant)
    try:
        groups.grant_to_group(tenant, group, role, user)
    except groups.GrantsAlready:
        flash(_("“%(group)s” grants a role already; change it in the list.", group=group.name), "warning")
        return _back(tenant)
    flash(_("Members of “%(group)s” are now %(role)s.", group=group.name, role=ROLE_LABELS[role]), "success")
    return _back(tenant)


@blueprint.post(f"/groups/<{ID}:grant_id>")
@for_tenant(Capability.ACCESS_MANAGE)
def change_group(tenant: Tenant, grant_id: int) -> ResponseReturnValue:
    """Change the role that a group grants."""
    role = _role(request.form.get("role", ""))
    if role is None:
        abort(400)
    try:
        name = groups.change_group_role(tenant, grant_id, role)
    except groups.NoSuchGrant:
        abort(404)
    flash(_("Members of “%(group)s” are now %(role)s.", group=name, role=ROLE_LABELS[role]), "success")
    return _back(tenant)


@blueprint.post(f"/groups/<{ID}:grant_id>/remove")
@for_tenant(Capability.ACCESS_MANAGE)
def remove_group(tenant: Tenant, grant_id: int) -> ResponseReturnValue:
    """Remove a group's grant."""
    try:
        name = groups.remove_group(tenant, grant_id)
    except groups.NoSuchGrant:
        abort(404)
    flash(_("“%(group)s” grants no role any more.", group=name), "success")
    return _back(tenant)


def _role(text: str) -> Role | None:
    return Role(text) if text in set(Role) else None


def _name_of(user_id: int) -> str:
    user = find_user(user_id)
    return user.display_name if user else str(user_id)


def _refuse_last_owner(tenant: Tenant) -> ResponseReturnValue:
    flash(_("This is the tenant's only owner. Make somebody else an owner first."), "danger")
    return _back(tenant)


def _back(tenant: Tenant) -> ResponseReturnValue:
    """Return to the page, or to the dashboard if users have just removed their own right to see it."""
    user = current_user()
    still = user is not None and rights_of(user.id).may(Capability.ACCESS_MANAGE, tenant.id)
    return redirect(url_for("people.show", tenant_id=tenant.id) if still else "/")
