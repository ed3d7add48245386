"""For which tenants this browser's sign-in holds a delegated token: what a page may know without asking anybody.

The token itself lies elsewhere, sealed (R39); the cookie says only until when, and as whom.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import session

from ops_admin.infra.database import utcnow

_KEY = "microsoft"


@dataclass(frozen=True)
class Connection:
    """A tenant connected by Microsoft sign-in as `account`, at the longest until `until`."""

    account: str
    until: datetime


def find_connection(tenant_id: int) -> Connection | None:
    """Return the connection of this sign-in to the tenant while it lasts."""
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
