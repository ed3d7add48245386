"""The names of groups by their ids, from the cached directory alone (R34)."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import select

from ops_admin.database import db
from ops_admin.intune.directory.models import DbDirectoryGroup

# Well below the number of values that SQLite takes in one statement.
_IDS_AT_ONCE = 500


def group_names(tenant_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """Return the name of each group that the cache holds; a group that it does not hold is left out."""
    remaining = iter(sorted(set(external_ids)))
    names: dict[str, str] = {}
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        query = select(DbDirectoryGroup.external_id, DbDirectoryGroup.display_name).where(
            DbDirectoryGroup.tenant_id == tenant_id, DbDirectoryGroup.external_id.in_(ids)
        )
        names.update({row[0]: row[1] for row in db.session.execute(query)})
    return names
