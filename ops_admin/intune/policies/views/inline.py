"""Actions on one policy or version, done in the request without a run (R17). The log says who did it."""

import logging
from collections.abc import Callable, Sequence

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import current_user
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.policies import changes
from ops_admin.intune.policies.changes import Done
from ops_admin.intune.policies.codes import VERSION_CODES, VERSION_IS_NEWEST
from ops_admin.intune.policies.queries import Policy, Version
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.intune.policies.views.chosen import values_sent
from ops_admin.intune.policies.views.lookups import policy_or_404, version_or_404

logger = logging.getLogger(__name__)


@blueprint.post("/<int:policy_id>/ignore")
@for_tenant(Capability.POLICIES_IGNORE)
def ignore_one(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Ignore one policy."""
    policy = policy_or_404(tenant, policy_id)
    changes.ignore_policies(tenant.id, [policy.id])
    _log("ignored", policy)
    return _done(policy, _("The policy is ignored. A sync still reads it, and leaves it so."))


@blueprint.post("/<int:policy_id>/unignore")
@for_tenant(Capability.POLICIES_IGNORE)
def unignore_one(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Stop ignoring one policy."""
    policy = policy_or_404(tenant, policy_id)
    changes.unignore_policies(tenant.id, [policy.id])
    _log("stopped ignoring", policy)
    return _done(policy, _("The policy is not ignored any more."))


@blueprint.post("/<int:policy_id>/versions/<int:number>/archive")
@for_tenant(Capability.POLICY_VERSIONS_ARCHIVE)
def archive_one(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Archive one version."""
    policy = policy_or_404(tenant, policy_id)
    version = version_or_404(policy, number)
    text = _("Version %(number)s is archived.", number=number)
    return _change(tenant, policy, version, changes.archive_versions, "archived", text)


@blueprint.post("/<int:policy_id>/versions/<int:number>/restore")
@for_tenant(Capability.POLICY_VERSIONS_ARCHIVE)
def restore_one(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Take one version out of the archive."""
    policy = policy_or_404(tenant, policy_id)
    version = version_or_404(policy, number)
    text = _("Version %(number)s is back in the list.", number=number)
    return _change(tenant, policy, version, changes.restore_versions, "took back from the archive", text)


@blueprint.get("/<int:policy_id>/versions/<int:number>/delete")
@for_tenant(Capability.POLICY_VERSIONS_DELETE)
def confirm_deletion_of_one(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Explain the deletion of a version and ask for confirmation."""
    policy = policy_or_404(tenant, policy_id)
    return _page(tenant, policy, version_or_404(policy, number))


@blueprint.post("/<int:policy_id>/versions/<int:number>/delete")
@for_tenant(Capability.POLICY_VERSIONS_DELETE)
def delete_one(tenant: Tenant, policy_id: int, number: int) -> ResponseReturnValue:
    """Delete one version if the confirmation was typed."""
    policy = policy_or_404(tenant, policy_id)
    version = version_or_404(policy, number)
    values = values_sent()
    typed = str(values.get("confirmation", "")).strip()
    if typed != str(number):
        return _page(tenant, policy, version, typed, _("Type the number of the version."))
    text = _("Version %(number)s is deleted.", number=number)
    return _change(tenant, policy, version, changes.delete_versions, "deleted", text)


def _change(
    tenant: Tenant,
    policy: Policy,
    version: Version,
    change: Callable[[int, Sequence[int]], Done],
    verb: str,
    text: str,
) -> ResponseReturnValue:
    done = change(tenant.id, [version.id])
    if done.newest:
        refusal = str(VERSION_CODES[VERSION_IS_NEWEST])
        if wants_json():
            return jsonify(errors={"version": refusal}), 409
        flash(refusal, "error")
        return redirect(_address(policy), 303)
    _log(f"{verb} version {version.number} of", policy)
    return _done(policy, text)


def _log(action: str, policy: Policy) -> None:
    user = current_user()
    logger.info("user %s %s policy %s of tenant %s", user.id if user else None, action, policy.id, policy.tenant_id)


def _done(policy: Policy, text: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(policy_id=policy.id, message=text)
    flash(text, "success")
    return redirect(_address(policy), 303)


def _address(policy: Policy) -> str:
    return url_for("policies.show", tenant_id=policy.tenant_id, policy_id=policy.id)


def _page(
    tenant: Tenant, policy: Policy, version: Version, typed: str = "", error: str | None = None
) -> ResponseReturnValue:
    if error and wants_json():
        return jsonify(errors={"confirmation": error}), 422
    body = render_template(
        "intune/policies/delete_version.html",
        tenant=tenant,
        policy=policy,
        version=version,
        is_newest=version.number == policy.current_version,
        typed=typed,
        error=error,
    )
    return body, 422 if error else 200
