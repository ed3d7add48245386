"""Which credentials expire soon, for the home page and `ops-admin doctor` (R75)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from ops_admin.access.queries import Tenant
from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials.installation import expiry_of
from ops_admin.credentials.queries import current_by_tenant

WARN_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Expiring:
    """A credential that has expired or soon will; `tenant` is None for the installation's."""

    tenant: Tenant | None
    kind: str
    expires_at: datetime
    is_expired: bool
    days_left: int


def is_soon(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a credential has expired, or will within 30 days. An unknown date is never soon."""
    return expires_at is not None and expires_at - now <= WARN_WITHIN


def expiring_credentials(tenants: Sequence[Tenant], now: datetime) -> list[Expiring]:
    """Return the credentials of these tenants that need attention, first to expire first.

    The installation's is among them only if one of the tenants uses it.
    """
    own = current_by_tenant([tenant.id for tenant in tenants])
    found = [
        _expiring(tenant, own[tenant.id].kind, own[tenant.id].expires_at, now) for tenant in tenants if tenant.id in own
    ]
    if len(own) < len(tenants):
        found.append(_expiring_of_installation(now))
    return sorted((each for each in found if each is not None), key=lambda each: each.expires_at)


def _expiring_of_installation(now: datetime) -> Expiring | None:
    settings: Settings = current_app.config["SETTINGS"]
    kind = "certificate" if settings.graph_certificate else "secret"
    try:
        return _expiring(None, kind, expiry_of(settings), now)
    except InvalidSetting:  # `ops-admin doctor` says so, and every run that needs it
        return None


def _expiring(tenant: Tenant | None, kind: str, expires_at: datetime | None, now: datetime) -> Expiring | None:
    if expires_at is None or not is_soon(expires_at, now):
        return None
    return Expiring(tenant, kind, expires_at, expires_at <= now, max(0, (expires_at - now).days))
