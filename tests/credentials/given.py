"""Credentials as somebody enters them."""

from datetime import datetime, timedelta

from ops_admin.access.queries import Tenant
from ops_admin.credentials.certificates import read_key_pair
from ops_admin.credentials.queries import Credential, find_current
from ops_admin.credentials.storage import NewCredential, adopt, propose
from ops_admin.infra.database import utcnow
from tests.support.certificates import APPLICATION, pem

SECRET = "Zq~8Q~a-secret-value-that-nobody-may-see"


def a_secret(expires_at: datetime | None = None, secret: str = SECRET) -> NewCredential:
    """A client secret."""
    return NewCredential(APPLICATION, secret=secret, secret_expires_at=expires_at)


def a_certificate(days: float = 365) -> NewCredential:
    """A certificate that expires in so many days."""
    return NewCredential(APPLICATION, certificate=read_key_pair(pem(days)))


def use(tenant: Tenant, new: NewCredential) -> Credential:
    """Store a credential as if its check had succeeded."""
    assert adopt(tenant.id, propose(tenant.id, new, "Ada"))
    current = find_current(tenant.id)
    assert current is not None
    return current


def in_days(days: float) -> datetime:
    """A moment so many days from now, and a little more, so that it is not a day less when it is asked for."""
    return utcnow() + timedelta(days=days, minutes=5)
