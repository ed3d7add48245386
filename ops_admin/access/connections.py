"""The tenants for which this browser's sign-in has a delegated token, as far as the cookie knows.

The token itself is sealed in server-side storage (R39). The cookie only says until when, and for which account.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import session

from ops_admin.infra.database import utcnow

_KEY = "microsoft"


@dataclass(frozen=True)
class Connection:
    """A tenant connected by a Microsoft sign-in as `account`, until `until` at the latest."""

    account: str
    until: datetime


def find_connection(tenant_id: int) -> Connection | None:
    """Return this sign-in's connection to the tenant, unless it has expired."""
    kept = session.get(_KEY, {}).get(str(tenant_id))
    if kept is None:
        return None
    connection = Connection(kept[0], datetime.fromtimestamp(kept[1], UTC))
    return connection if connection.until > utcnow() else None


def note_connection(tenant_id: int, account: str, until: datetime) -> None:
    """Remember that the tenant is connected."""
    session[_KEY] = {**session.get(_KEY, {}), str(tenant_id): [account[:254], int(until.timestamp())]}


def forget_connection(tenant_id: int) -> None:
    """Forget that the tenant was connected."""
    session[_KEY] = {key: kept for key, kept in session.get(_KEY, {}).items() if key != str(tenant_id)}
