"""The home page. Reads only the database (R34), with one query for each kind of fact."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import signed_in
from ops_admin.access.navigation import current_tenants, forget_tenant
from ops_admin.access.queries import Tenant, member_workspaces
from ops_admin.access.rights import current_rights
from ops_admin.credentials.expiry import expiring_credentials
from ops_admin.infra.database import utcnow
from ops_admin.intune.home.presenter import Facts, in_order, lines_of, matching
from ops_admin.intune.inventory.queries import last_syncs
from ops_admin.intune.policies.queries import count_by_tenant
from ops_admin.runs.queries import count_active_by_tenant, last_failures, scope_of

blueprint = Blueprint("home", __name__)

PAGE_SIZE = 50
# The search field is shown only with more tenants than this.
FEW = 8
LONGEST_SEARCH = 200
MOST_EXPIRING = 5
FAILED_WITHIN = timedelta(days=7)


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """Show the tenants that the member may see, by workspace."""
    forget_tenant()
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    rights = current_rights()
    workspaces, tenants = member_workspaces(rights), current_tenants()
    found = in_order(matching(tenants, search), workspaces)
    number = min(_page_number(), max(0, len(found) - 1) // PAGE_SIZE)
    shown = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
    return render_template(
        "intune/home/show.html",
        expiring=expiring_credentials(tenants, utcnow()),
        most_expiring=MOST_EXPIRING,
        groups=lines_of(workspaces, shown, _facts_of(shown)),
        search=search,
        total=len(found),
        searchable=len(tenants) > FEW or bool(search),
        previous_url=_address(search, number - 1) if number else None,
        next_url=_address(search, number + 1) if len(found) > (number + 1) * PAGE_SIZE else None,
    )


def _facts_of(tenants: Sequence[Tenant]) -> Facts:
    rights, ids = current_rights(), {tenant.id for tenant in tenants}
    scope = scope_of(rights).only(ids)
    readable = ids & rights.tenant_ids(Capability.POLICIES_VIEW)
    return Facts(
        policies=count_by_tenant(readable),
        syncs=last_syncs(readable),
        activity=count_active_by_tenant(scope),
        failures=last_failures(scope, utcnow() - FAILED_WITHIN),
    )


def _page_number() -> int:
    """Return the number of the requested page, starting with 0; an invalid number means the first page."""
    typed = request.args.get("page", "")
    return max(0, int(typed) - 1) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0


def _address(search: str, number: int) -> str:
    wanted = [("q", search), ("page", str(number + 1) if number else "")]
    query = urlencode([(name, value) for name, value in wanted if value])
    return f"/?{query}" if query else "/"
