"""The list of policies, a policy with its versions, and the comparison of two versions."""

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.comparing import compare
from ops_admin.intune.policies.filters import read_query
from ops_admin.intune.policies.presenter import (
    ASSIGNED_LABELS,
    MOST_BYTES_SHOWN,
    STATE_LABELS,
    Content,
    present_content,
    state_badge,
)
from ops_admin.intune.policies.queries import Policy, Version
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.intune.policies.views.lookups import named_version_or_404, policy_or_404, version_or_404
from ops_admin.intune.secret_values import note_reading
from ops_admin.intune.showing_secrets import show_revealed
from ops_admin.web.keyset import page_url, read_cursor


@blueprint.get("")
@for_tenant(Capability.POLICIES_VIEW)
def list_policies(tenant: Tenant) -> ResponseReturnValue:
    """List the policies by name; filters and cursor are in the URL."""
    query = read_query(tenant.id, request.path, request.args)
    page = None if query.errors else queries.list_policies(tenant.id, query.wanted, read_cursor(request.args))
    body = render_template(
        "intune/policies/list.html",
        tenant=tenant,
        query=query,
        page=page,
        counts=queries.count_by_type_and_state(tenant.id),
        types=POLICY_TYPES,
        states=STATE_LABELS,
        assigned=ASSIGNED_LABELS,
        state_badge=state_badge,
        type_label=type_label,
        next_url=page_url(request.path, query.given, page.next) if page else None,
        previous_url=page_url(request.path, query.given, page.previous) if page else None,
    )
    return body, 422 if query.errors else 200


@blueprint.get("/<int:policy_id>")
@for_tenant(Capability.POLICIES_VIEW)
def show(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Show a policy with its versions, and the JSON of one version (`?version=`, or the newest)."""
    policy = policy_or_404(tenant, policy_id)
    version = _version_shown(policy, request.args.get("version"))
    archived = request.args.get("archived") == "yes" or bool(version and version.archived_at)
    return render_template(
        "intune/policies/show.html",
        tenant=tenant,
        policy=policy,
        versions=queries.list_versions(policy.id, archived=archived),
        archived=archived,
        archived_count=queries.count_versions(policy.id, archived=True),
        version_count=queries.count_versions(policy.id, archived=False),
        version=version,
        content=_content(policy, version) if version else None,
        badge=state_badge(policy.state),
        type_label=type_label(policy.type),
    )


@blueprint.get("/<int:policy_id>/compare")
@for_tenant(Capability.POLICIES_VIEW)
def show_changes(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Show the changes from version `from` to version `to`; by default those of the newest version."""
    policy = policy_or_404(tenant, policy_id)
    new = _version_shown(policy, request.args.get("to"))
    if new is None:
        abort(404)
    if "from" in request.args:
        old = named_version_or_404(policy, request.args["from"])
    else:
        # The first version is compared with itself.
        old = queries.find_version_before(policy.id, new.number) or new
    return render_template(
        "intune/policies/compare.html",
        tenant=tenant,
        policy=policy,
        versions=queries.list_versions(policy.id, archived=True),
        old=old,
        new=new,
        comparison=compare(tenant.id, policy.id, old, new),
    )


@blueprint.get("/<int:policy_id>/versions/<int:number>.json")
@for_tenant(Capability.POLICIES_VIEW)
def download(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Return the stored content of a version, whatever its size."""
    policy = policy_or_404(tenant, policy_id)
    version = version_or_404(policy, number)
    response = Response(queries.find_content(policy.id, version.number) or "{}", mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"policy-{policy.id}-version-{number}.json")
    return response


@blueprint.post("/<int:policy_id>/versions/<int:number>/secrets")
@for_tenant(Capability.SECRETS_READ)
def show_secrets(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Show the secrets of a version in plain, or download it with them; the log says who did."""
    policy = policy_or_404(tenant, policy_id)
    version = version_or_404(policy, number)
    revealed = queries.reveal_version(policy.id, version.number)
    if revealed is None:
        abort(404)
    note_reading(f"version {number} of policy {policy.id} of tenant {tenant.id}")
    back = url_for("policies.show", tenant_id=tenant.id, policy_id=policy.id, version=number)
    return show_revealed(tenant, policy.name, revealed, back, f"policy-{policy.id}-version-{number}.json")


def _version_shown(policy: Policy, asked: str | None) -> Version | None:
    """Return the requested version, or the newest; None for a policy without versions."""
    if asked is None:
        return queries.find_version(policy.id, policy.current_version)
    return named_version_or_404(policy, asked)


def _content(policy: Policy, version: Version) -> Content:
    if version.content_bytes > MOST_BYTES_SHOWN:
        return Content(text=None)
    return present_content(queries.find_content(policy.id, version.number) or "{}")
