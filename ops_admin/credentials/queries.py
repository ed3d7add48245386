"""Reads the tenants' own credentials, never their secrets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ops_admin.access.models import DbTenant
from ops_admin.credentials.models import DbTenantCredential
from ops_admin.infra.database import db


@dataclass(frozen=True)
class Credential:
    """A tenant's own credential, without its secret.

    `is_current` is false while it waits for its check. `failure_code` is that of the last check, or None if there was
    none or it succeeded. `kind` is "secret" or "certificate"; `expires_at` None means unknown.
    """

    id: int
    tenant_id: int
    is_current: bool
    kind: str
    client_id: str
    expires_at: datetime | None
    thumbprint: str | None
    set_by_name: str
    created_at: datetime
    checked_at: datetime | None
    failure_code: str | None
    last_run_id: int | None


_COLUMNS = [getattr(DbTenantCredential, name) for name in Credential.__dataclass_fields__]


def find_current(tenant_id: int) -> Credential | None:
    """Return the credential that is used for the tenant instead of the installation's."""
    return _find(DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.is_current.is_(True))


def find_candidate(tenant_id: int) -> Credential | None:
    """Return the credential that waits for its check, or failed it."""
    return _find(DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.is_current.is_(False))


def find_credential(tenant_id: int, credential_id: int) -> Credential | None:
    """Return that credential if it belongs to the tenant."""
    return _find(DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.id == credential_id)


def find_for_directory(directory_id: str) -> Credential | None:
    """Return the only current credential for a directory id; None if workspaces have different ones, or none."""
    query = select(*_COLUMNS).join(DbTenant, DbTenant.id == DbTenantCredential.tenant_id)
    own = (DbTenant.external_id == directory_id.lower(), DbTenantCredential.is_current.is_(True))
    found = db.session.execute(query.where(*own).limit(2)).all()
    return Credential(*found[0]) if len(found) == 1 else None


def current_by_tenant(tenant_ids: Collection[int]) -> dict[int, Credential]:
    """Return the current credentials of these tenants; tenants that use the installation's are left out."""
    query = select(*_COLUMNS).where(
        DbTenantCredential.tenant_id.in_(tenant_ids), DbTenantCredential.is_current.is_(True)
    )
    return {row.tenant_id: Credential(*row) for row in db.session.execute(query)} if tenant_ids else {}


def _find(*conditions: ColumnElement[bool]) -> Credential | None:
    row = db.session.execute(select(*_COLUMNS).where(*conditions)).one_or_none()
    return Credential(*row) if row else None
