"""What every page shows around its content: the user, their tenants, the current tenant, the menu."""

from typing import Any

from flask import current_app, g, request, session

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import current_user
from ops_admin.access.queries import Tenant, visible_tenants
from ops_admin.access.rights import Rights, current_rights
from ops_admin.features import NavigationItem, features_of

_LAST_TENANT = "tenant_id"


def navigation() -> dict[str, Any]:
    """Return the template variables: user, tenants, current tenant, `menu`, and `may` for showing buttons."""
    user = current_user()
    tenants = current_tenants() if user else []
    tenant_id = (request.view_args or {}).get("tenant_id", session.get(_LAST_TENANT))
    return {
        "current_user": user,
        "nav_tenants": tenants,
        "current_tenant": next((tenant for tenant in tenants if tenant.id == tenant_id), None),
        "may": may,
        "menu": menu,
    }


def menu(name: str) -> list[NavigationItem]:
    """Return the items of the menu "console" or "tenant", in order."""
    items = [item for feature in features_of(current_app) for item in feature.navigation if item.menu == name]
    return sorted(items, key=lambda item: item.position)


def current_tenants() -> list[Tenant]:
    """Return the tenants that the signed-in user may see, by name; read once per request."""
    rights = current_rights()
    known: tuple[Rights, list[Tenant]] | None = g.get("visible_tenants")
    if known is None or known[0] is not rights:
        known = g.visible_tenants = (rights, visible_tenants(rights))
    return known[1]


def may(capability: str, tenant_id: int) -> bool:
    """Whether the signed-in user has the capability; pages hide buttons that would answer 403 (R36)."""
    return current_rights().may(Capability(capability), tenant_id)


def remember_tenant(tenant_id: int) -> None:
    """Keep the tenant as the current one on pages that belong to no tenant."""
    if session.get(_LAST_TENANT) != tenant_id:
        session[_LAST_TENANT] = tenant_id


def forget_tenant() -> None:
    """Show all tenants again on pages that belong to no tenant."""
    session.pop(_LAST_TENANT, None)
