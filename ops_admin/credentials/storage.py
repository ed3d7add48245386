"""Writes the tenants' own credentials, and opens what is sealed in them."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app
from sqlalchemy import Delete, delete, insert, select, update

from ops_admin.access.models import DbTenant
from ops_admin.config import Settings
from ops_admin.credentials.certificates import KeyPair
from ops_admin.credentials.models import DbTenantCredential
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.sealing import SealBroken, seal, unseal

_PURPOSE = "tenant credentials"


@dataclass(frozen=True)
class NewCredential:
    """An application id with its secret or its certificate. A certificate knows when it expires."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    certificate: KeyPair | None = None
    secret_expires_at: datetime | None = None


@dataclass(frozen=True)
class Unsealed:
    """What proves the application: a secret, or private key and certificate as PEM."""

    secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)


def propose(tenant_id: int, new: NewCredential, set_by_name: str, set_by_user_id: int | None = None) -> int:
    """Store a credential that is not used until `adopt`; returns its id. An earlier one that waits is replaced."""
    values = {
        "tenant_id": tenant_id,
        "is_current": False,
        "kind": "certificate" if new.certificate else "secret",
        "client_id": new.client_id,
        "sealed": _seal(tenant_id, new),
        "expires_at": new.certificate.expires_at if new.certificate else new.secret_expires_at,
        "thumbprint": new.certificate.thumbprint if new.certificate else None,
        "set_by_user_id": set_by_user_id,
        "set_by_name": set_by_name,
        "created_at": utcnow(),
    }
    with transaction() as session:
        # Of two at the same time the second waits here, and then replaces what the first proposed.
        session.execute(select(DbTenant.id).where(DbTenant.id == tenant_id).with_for_update())
        session.execute(_delete(tenant_id, is_current=False))
        return session.execute(insert(DbTenantCredential).values(values).returning(DbTenantCredential.id)).scalar_one()


def adopt(tenant_id: int, credential_id: int, run_id: int | None = None) -> bool:
    """Use this credential from now on, because a token was fetched with it.

    Returns False if it was replaced or removed meanwhile; then nothing changes.
    """
    row = (DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.id == credential_id)
    with transaction() as session:
        session.execute(select(DbTenant.id).where(DbTenant.id == tenant_id).with_for_update())
        if session.scalar(select(DbTenantCredential.id).where(*row)) is None:
            return False
        session.execute(_delete(tenant_id, is_current=True).where(DbTenantCredential.id != credential_id))
        checked = {"is_current": True, "checked_at": utcnow(), "failure_code": None, "last_run_id": run_id}
        session.execute(update(DbTenantCredential).where(*row).values(checked))
    return True


def record_refusal(tenant_id: int, credential_id: int, failure_code: str, run_id: int) -> None:
    """Store why the last check of a credential failed. Whether it is used does not change."""
    row = (DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.id == credential_id)
    values = {"checked_at": utcnow(), "failure_code": failure_code, "last_run_id": run_id}
    with transaction() as session:
        session.execute(update(DbTenantCredential).where(*row).values(values))


def remove(tenant_id: int, *, is_current: bool) -> bool:
    """Delete the credential that is used, or the one that waits; returns whether there was one."""
    with transaction() as session:
        gone = _delete(tenant_id, is_current=is_current).returning(DbTenantCredential.id)
        return session.execute(gone).first() is not None


def open_sealed(tenant_id: int, credential_id: int) -> Unsealed:
    """Return the secret of a credential; raises SealBroken, also if the credential is gone."""
    row = (DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.id == credential_id)
    found = db.session.execute(select(DbTenantCredential.sealed, DbTenantCredential.client_id).where(*row)).first()
    if found is None:
        raise SealBroken(_PURPOSE)
    kept = json.loads(unseal(_key(), _PURPOSE, found.sealed))
    # What was sealed for one tenant and application opens for no other, even if somebody copies it in the database.
    if (kept.pop("tenant_id"), kept.pop("client_id")) != (tenant_id, found.client_id):
        raise SealBroken(_PURPOSE)
    return Unsealed(**kept)


def _seal(tenant_id: int, new: NewCredential) -> str:
    kept: dict[str, object] = {"tenant_id": tenant_id, "client_id": new.client_id}
    if new.certificate:
        kept |= {"private_key": new.certificate.private_key, "certificate": new.certificate.certificate}
    else:
        kept["secret"] = new.secret
    return seal(_key(), _PURPOSE, json.dumps(kept))


def _key() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key


def _delete(tenant_id: int, *, is_current: bool) -> Delete:
    return delete(DbTenantCredential).where(
        DbTenantCredential.tenant_id == tenant_id, DbTenantCredential.is_current.is_(is_current)
    )
