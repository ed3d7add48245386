"""Bulk actions of the list: each starts one operation on the selected policies (R10, R17)."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.selections import POLICY_IDS
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.intune.policies.views.chosen import list_url, read_chosen, refuse, start_chosen
from ops_admin.runs.catalog import InvalidInputs


@blueprint.post("/ignore")
@for_tenant(Capability.POLICIES_IGNORE)
def ignore(tenant: Tenant) -> ResponseReturnValue:
    """Ignore the selected policies."""
    return _start(tenant, "policies.ignore")


@blueprint.post("/unignore")
@for_tenant(Capability.POLICIES_IGNORE)
def unignore(tenant: Tenant) -> ResponseReturnValue:
    """Stop ignoring the selected policies."""
    return _start(tenant, "policies.unignore")


@blueprint.post("/sync")
@for_tenant(Capability.INVENTORY_SYNC)
def sync(tenant: Tenant) -> ResponseReturnValue:
    """Read the selected policies again."""
    return _start(tenant, "policies.sync")


@blueprint.post("/backup")
@for_tenant(Capability.BACKUP_CREATE)
def back_up(tenant: Tenant) -> ResponseReturnValue:
    """Back up the selected policies with their assignments."""
    return _start(tenant, "backup.create")


@blueprint.post("/assignments")
@for_tenant(Capability.ASSIGNMENTS_FETCH)
def fetch_assignments(tenant: Tenant) -> ResponseReturnValue:
    """Fetch the assignments of the selected policies."""
    return _start(tenant, "assignments.fetch")


@blueprint.post("/export")
@for_tenant(Capability.POLICIES_EXPORT)
def export(tenant: Tenant) -> ResponseReturnValue:
    """Export the selected policies; refused if none of them has content."""
    try:
        inputs = read_chosen(tenant)
    except InvalidInputs as refused:
        return refuse(refused.errors, list_url(tenant))
    ids = inputs.get(POLICY_IDS)
    if isinstance(ids, list) and not queries.has_content(tenant.id, ids):
        text = _("None of the selected policies has content yet: a sync has to read them first.")
        return refuse({POLICY_IDS: text}, list_url(tenant))
    return start_chosen(tenant, "policies.export", inputs, list_url(tenant))


def _start(tenant: Tenant, key: str) -> ResponseReturnValue:
    try:
        inputs = read_chosen(tenant)
    except InvalidInputs as refused:
        return refuse(refused.errors, list_url(tenant))
    return start_chosen(tenant, key, inputs, list_url(tenant))
