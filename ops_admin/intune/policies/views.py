"""The policies of a tenant and their versions, from the database alone (R34, R41)."""

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.navigation import remember_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.keyset import LARGEST_ID, page_url, read_place
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.filters import read_query
from ops_admin.intune.policies.presenter import MOST_BYTES_SHOWN, STATE_LABELS, Content, present_content, state_badge
from ops_admin.intune.policies.queries import Policy, Version
from ops_admin.intune.policies.types import POLICY_TYPES, type_label

blueprint = Blueprint("policies", __name__, url_prefix="/tenants/<int:tenant_id>/policies")

LARGEST_NUMBER = 2**31 - 1


@blueprint.get("")
@for_tenant(Capability.POLICIES_VIEW)
def list_policies(tenant: Tenant) -> ResponseReturnValue:
    """List the policies as the last sync found them, by name; filters and place are all in the address."""
    remember_tenant(tenant.id)
    query = read_query(request.path, request.args)
    place = read_place(request.args)
    page = None if query.errors else queries.list_policies(tenant.id, query.wanted, place)
    body = render_template(
        "intune/policies/list.html",
        tenant=tenant,
        query=query,
        page=page,
        counts=queries.count_by_type_and_state(tenant.id),
        types=POLICY_TYPES,
        states=STATE_LABELS,
        state_badge=state_badge,
        type_label=type_label,
        next_url=page_url(request.path, query.given, page.next) if page else None,
        previous_url=page_url(request.path, query.given, page.previous) if page else None,
    )
    return body, 422 if query.errors else 200


@blueprint.get("/<int:policy_id>")
@for_tenant(Capability.POLICIES_VIEW)
def show(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Show one policy with its versions, and the JSON of one of them (`?version=`, else the newest)."""
    remember_tenant(tenant.id)
    policy = _policy_or_404(tenant, policy_id)
    version = _version_or_404(policy, request.args.get("version"))
    return render_template(
        "intune/policies/show.html",
        tenant=tenant,
        policy=policy,
        versions=queries.list_versions(policy.id),
        version=version,
        content=_content(policy, version) if version else None,
        badge=state_badge(policy.state),
        type_label=type_label(policy.type),
    )


@blueprint.get("/<int:policy_id>/versions/<int:number>.json")
@for_tenant(Capability.POLICIES_VIEW)
def download(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Give the content of a version as it is stored, whatever its size."""
    policy = _policy_or_404(tenant, policy_id)
    content = queries.find_content(policy.id, number) if number <= LARGEST_NUMBER else None
    if content is None:
        abort(404)
    response = Response(content, mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"policy-{policy.id}-version-{number}.json")
    return response


def _policy_or_404(tenant: Tenant, policy_id: int) -> Policy:
    policy = queries.find_policy(tenant.id, policy_id) if policy_id <= LARGEST_ID else None
    if policy is None:
        abort(404)
    return policy


def _version_or_404(policy: Policy, asked: str | None) -> Version | None:
    """Return the version asked for, or the newest; None for a policy that has none."""
    if asked is None:
        return queries.find_version(policy.id, policy.current_version)
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= len(str(LARGEST_NUMBER))
    version = queries.find_version(policy.id, int(asked)) if is_number and int(asked) <= LARGEST_NUMBER else None
    if version is None:
        abort(404)
    return version


def _content(policy: Policy, version: Version) -> Content:
    if version.content_bytes > MOST_BYTES_SHOWN:
        return Content(text=None)
    return present_content(queries.find_content(policy.id, version.number) or "{}")
