"""Seals the secrets of versions that were stored before secrets were taken out of what is read (R56)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ops_admin.graph.canonical import content_hash
from ops_admin.infra.database import db, transaction
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.secret_values import vault
from ops_admin.redaction.secret_marks import Masked, mask

BATCH = 200
_table = DbPolicyVersion.__table__


def seal_old_versions() -> int:
    """Look for secrets in the versions in which nobody did; returns how many had some. Can be repeated at any time."""
    return sum(_seal(version_id) for version_id in _unsealed())


def _unsealed() -> Iterator[int]:
    after = 0
    query = select(DbPolicyVersion.id).where(DbPolicyVersion.sealed_secrets.is_(None)).order_by(DbPolicyVersion.id)
    while found := list(db.session.scalars(query.where(DbPolicyVersion.id > after).limit(BATCH))):
        db.session.rollback()
        yield from found
        after = found[-1]


def _seal(version_id: int) -> bool:
    """Seal one version in a transaction of its own."""
    with transaction() as session:
        # The policy is locked first, as a sync does.
        owner = select(DbPolicyVersion.policy_id).where(DbPolicyVersion.id == version_id).scalar_subquery()
        policy = session.execute(select(DbPolicy).where(DbPolicy.id == owner).with_for_update()).scalar_one_or_none()
        row = session.execute(select(_table).where(_table.c.id == version_id)).one_or_none()
        if policy is None or row is None or row.sealed_secrets is not None:
            return False
        masked = mask(row.content, vault().digest)
        if masked.secrets:
            _replace(session, row, masked, policy)
        else:
            session.execute(update(DbPolicyVersion).where(DbPolicyVersion.id == version_id).values(sealed_secrets=""))
    return bool(masked.secrets)


def _replace(session: Session, row: Any, masked: Masked, policy: DbPolicy) -> None:
    """Store the version anew under its id: the database refuses to change what was captured."""
    new = content_hash(masked.content)
    values = {"content": masked.content, "content_hash": new, "sealed_secrets": vault().seal(masked.secrets)}
    session.execute(delete(DbPolicyVersion).where(DbPolicyVersion.id == row.id))
    session.execute(insert(DbPolicyVersion), [{**row._mapping, **values}])
    if policy.current_version == row.number and policy.content_hash == row.content_hash:
        policy.content_hash = new
