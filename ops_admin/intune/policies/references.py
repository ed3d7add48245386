"""References to policies: what an operation on chosen policies needs to know about each."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicy

# Well below SQLite's limit of values in one statement.
_IDS_AT_ONCE = 500


@dataclass(frozen=True)
class PolicyReference:
    """One policy: its type and id in the tenant, and the number of its newest version (0: never read)."""

    id: int
    type: str
    external_id: str
    name: str
    current_version: int


_COLUMNS = tuple(getattr(DbPolicy, name) for name in PolicyReference.__dataclass_fields__)


def find_references(tenant_id: int, policy_ids: Iterable[int]) -> list[PolicyReference]:
    """Return those of the policies that belong to the tenant, sorted by type and id."""
    remaining = iter(sorted(set(policy_ids)))
    found: list[PolicyReference] = []
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.id.in_(ids))
        found += [_reference(row) for row in db.session.execute(query)]
    return sorted(found, key=lambda reference: (reference.type, reference.id))


def list_references(tenant_id: int) -> list[PolicyReference]:
    """Return all policies that the tenant had at the last sync, sorted by type and id."""
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.missing_since.is_(None))
    return [_reference(row) for row in db.session.execute(query.order_by(DbPolicy.type, DbPolicy.id))]


def _reference(row: object) -> PolicyReference:
    return PolicyReference(**{name: getattr(row, name) for name in PolicyReference.__dataclass_fields__})
