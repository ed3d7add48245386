"""The overview page of a tenant. Reads only the database (R34)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import current_rights
from ops_admin.intune.directory.queries import count_groups, find_directory_sync
from ops_admin.intune.inventory.queries import syncs_by_type
from ops_admin.intune.overview.presenter import present_inventory
from ops_admin.intune.policies.queries import count_by_type_and_state
from ops_admin.runs.queries import RunFilter, list_runs, scope_of

blueprint = Blueprint("overview", __name__, url_prefix="/tenants")

RECENT_RUNS = 8


@blueprint.get("/<int:tenant_id>")
@for_tenant(Capability.TENANT_VIEW)
def show(tenant: Tenant) -> ResponseReturnValue:
    """Show a tenant's inventory, the age of the data, and its recent runs."""
    runs = list_runs(scope_of(current_rights()), RunFilter(tenant_id=tenant.id), size=RECENT_RUNS)
    return render_template(
        "intune/overview/show.html",
        tenant=tenant,
        inventory=present_inventory(count_by_type_and_state(tenant.id), syncs_by_type(tenant.id)),
        groups=count_groups(tenant.id),
        directory=find_directory_sync(tenant.id),
        runs=runs.rows,
    )
