"""Suggests cached groups of a tenant for a group of the source. Suggestions only, never decisions (R34, R43)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.restore.queries import GroupRow

_AT_ONCE = 500


@dataclass(frozen=True)
class Candidate:
    """A cached group of the target that a source group could be mapped to, and why it is suggested."""

    external_id: str
    display_name: str
    reason: str


def suggest(tenant_id: int, rows: Iterable[GroupRow]) -> Mapping[str, list[Candidate]]:
    """Return, for each source group, the tenant's cached groups with its id or exactly its name (R43).

    If several share a name, all are returned: only the user knows which one is meant.
    """
    wanted = list(rows)
    names = name_groups(tenant_id, (row.source_group_id for row in wanted))
    ids = _ids_of_names(tenant_id, {row.source_name for row in wanted if row.source_name})
    return {row.source_group_id: [*_suggestions(row, names, ids)] for row in wanted}


def name_groups(tenant_id: int, external_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of groups by id. Groups that are not cached are left out."""
    table = DbDirectoryGroup
    query = select(table.external_id, table.display_name).where(table.tenant_id == tenant_id)
    found: dict[str, str] = {}
    for some in _slices(external_ids):
        rows = db.session.execute(query.where(table.external_id.in_(some)))
        found |= {row.external_id: row.display_name for row in rows}
    return found


def _ids_of_names(tenant_id: int, names: Iterable[str]) -> Mapping[str, list[str]]:
    table = DbDirectoryGroup
    query = select(table.external_id, table.display_name).where(table.tenant_id == tenant_id)
    found: dict[str, list[str]] = {}
    for some in _slices(names):
        for row in db.session.execute(query.where(table.display_name.in_(some)).order_by(table.id)):
            found.setdefault(row.display_name, []).append(row.external_id)
    return found


def _suggestions(row: GroupRow, names: Mapping[str, str], ids: Mapping[str, list[str]]) -> Iterator[Candidate]:
    if row.source_group_id in names:
        yield Candidate(row.source_group_id, names[row.source_group_id], "same_id")
    for external_id in ids.get(row.source_name or "", ()):
        if external_id != row.source_group_id:
            yield Candidate(external_id, str(row.source_name), "same_name")


def _slices(values: Iterable[str]) -> Iterator[list[str]]:
    """Split the values into slices small enough for one statement's parameters."""
    wanted = sorted(set(values))
    return (wanted[begin : begin + _AT_ONCE] for begin in range(0, len(wanted), _AT_ONCE))
