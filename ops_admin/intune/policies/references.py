"""Which policies a selection means: what an operation on chosen policies needs to know of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicy

# Well below the number of values that SQLite takes in one statement.
_IDS_AT_ONCE = 500


@dataclass(frozen=True)
class PolicyReference:
    """One policy: where it is in the tenant, and the number of its newest version (0: never read)."""

    id: int
    type: str
    external_id: str
    name: str
    current_version: int


_COLUMNS = tuple(getattr(DbPolicy, name) for name in PolicyReference.__dataclass_fields__)


def find_references(tenant_id: int, policy_ids: Iterable[int]) -> list[PolicyReference]:
    """Return those of the policies that are the tenant's, in the order of type and id."""
    found = (row for ids in _batches(policy_ids) for row in _rows(tenant_id, ids))
    return sorted(found, key=lambda reference: (reference.type, reference.id))


def list_references(tenant_id: int) -> list[PolicyReference]:
    """Return all policies that the tenant has, as far as the last sync saw them, in the order of type and id."""
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.missing_since.is_(None))
    return [_reference(row) for row in db.session.execute(query.order_by(DbPolicy.type, DbPolicy.id))]


def _batches(policy_ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    remaining = iter(sorted(set(policy_ids)))
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        yield ids


def _rows(tenant_id: int, ids: tuple[int, ...]) -> list[PolicyReference]:
    query = select(*_COLUMNS).where(DbPolicy.tenant_id == tenant_id, DbPolicy.id.in_(ids))
    return [_reference(row) for row in db.session.execute(query)]


def _reference(row: object) -> PolicyReference:
    return PolicyReference(**{name: getattr(row, name) for name in PolicyReference.__dataclass_fields__})
