"""Looks up groups by id or name in the cached directory (R34)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.names import search_key_of

# Well below SQLite's limit of values in one statement.
_IDS_AT_ONCE = 500


@dataclass(frozen=True)
class NamedGroup:
    """The id and name of a group."""

    external_id: str
    display_name: str


def list_group_names(tenant_id: int, limit: int) -> list[NamedGroup]:
    """Return the tenant's cached groups by name, at most `limit`."""
    table = DbDirectoryGroup
    query = select(table.external_id, table.display_name).where(table.tenant_id == tenant_id)
    rows = db.session.execute(query.order_by(table.search_key, table.id).limit(limit))
    return [NamedGroup(row[0], row[1]) for row in rows]


def find_only_group(tenant_id: int, name: str) -> str | None:
    """Return the id of the only cached group with this name; None if there is none or more than one."""
    table = DbDirectoryGroup
    query = select(table.external_id).where(table.tenant_id == tenant_id, table.search_key == search_key_of(name))
    found = db.session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def group_names(tenant_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of groups by id; groups that are not in the cache are left out."""
    remaining = iter(sorted(set(external_ids)))
    names: dict[str, str] = {}
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        query = select(DbDirectoryGroup.external_id, DbDirectoryGroup.display_name).where(
            DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.external_id.in_(ids)
        )
        names.update({row[0]: row[1] for row in db.session.execute(query)})
    return names
