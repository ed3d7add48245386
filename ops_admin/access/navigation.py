"""What every page shows around its content: who is signed in, their tenants, the tenant chosen last."""

from typing import Any

from flask import current_app, g, request, session

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import current_user
from ops_admin.access.queries import Tenant, visible_tenants
from ops_admin.access.rights import Rights, current_rights
from ops_admin.features import NavigationItem, features_of

_LAST_TENANT = "tenant_id"


def navigation() -> dict[str, Any]:
    """Return who is signed in, their tenants, the current one, and `may` to ask before a button is shown."""
    user = current_user()
    tenants = current_tenants() if user else []
    return {
        "current_user": user,
        "nav_tenants": tenants,
        "current_tenant": _current_tenant(tenants),
        "may": may,
        "menu": menu,
    }


def menu(name: str) -> list[NavigationItem]:
    """Return the lines of the menu "console" or "tenant", in order."""
    items = [item for feature in features_of(current_app) for item in feature.navigation if item.menu == name]
    return sorted(items, key=lambda item: item.position)


def current_tenants() -> list[Tenant]:
    """Return the tenants that the signed-in user may see, by name, read once a request."""
    rights = current_rights()
    known: tuple[Rights, list[Tenant]] | None = g.get("visible_tenants")
    if known is None or known[0] is not rights:
        known = g.visible_tenants = (rights, visible_tenants(rights))
    return known[1]


def may(capability: str, tenant_id: int) -> bool:
    """Whether the signed-in user has the capability: a page offers no button that would answer 403 (R36)."""
    return current_rights().may(Capability(capability), tenant_id)


def remember_tenant(tenant_id: int) -> None:
    """Keep the tenant as the current one for pages that belong to none."""
    if session.get(_LAST_TENANT) != tenant_id:
        session[_LAST_TENANT] = tenant_id


def forget_tenant() -> None:
    """Go back to all tenants."""
    session.pop(_LAST_TENANT, None)


def _current_tenant(tenants: list[Tenant]) -> Tenant | None:
    wanted = (request.view_args or {}).get("tenant_id", session.get(_LAST_TENANT))
    return next((tenant for tenant in tenants if tenant.id == wanted), None)
