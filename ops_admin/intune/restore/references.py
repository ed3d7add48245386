"""What the selected policies refer to, besides groups and filters, and what to do with each (R55)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, delete, insert, null, select, update
from sqlalchemy.orm import Session

from ops_admin.access.models import DbTenant
from ops_admin.infra.database import db, transaction
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.directory.models import DbAssignmentFilter, DbDirectoryGroup
from ops_admin.intune.names import LONGEST_NAME
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.intune.restore.models import DbReferenceObject, DbRestoreItem, DbRestoreReferenceMapping
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import Decision
from ops_admin.references.declared import Kind, Thing, find

LONGEST_ID = 200
_ROWS_AT_ONCE = 200
_KINDS = frozenset(Kind)
# Groups have a mapping of their own.
# Read only of backups that were taken before names were kept.
_CONTENT_WITHOUT_NAMES = case((DbBackupItem.references.is_(None), DbBackupItem.content), else_=null())
_MAPPED_APART = frozenset({Kind.GROUP})

Key = tuple[Kind, str]
"""Kind and id of something in the source."""


@dataclass(frozen=True)
class Captured:
    """What the backup knows of something that a policy refers to."""

    kind: Kind
    id: str
    name: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class ReferenceRow:
    """One thing of the source and its decision; without one it is resolved by itself, if it can be."""

    id: int
    kind: str
    source_id: str
    source_name: str | None
    used_by: int
    decision: str | None
    target_id: str | None
    target_name: str | None


@dataclass(frozen=True)
class ReferenceDecided:
    """The decision on a reference. If `target_id` is None, the policies that need it are left out."""

    target_id: str | None
    target_name: str | None = None


def captured_of(stored: object, content: object, type_key: str) -> dict[Key, Captured]:
    """Return what a policy of the backup refers to, with names where the backup has them."""
    if isinstance(stored, list):
        entries = [each for each in stored if isinstance(each, dict)]
        known = [_captured(each) for each in entries if each.get("kind") in _KINDS and isinstance(each.get("id"), str)]
    else:
        found = find(content, type_key) if isinstance(content, dict) else []
        known = [Captured(each.kind, each.id, each.name) for each in found]
    return {(each.kind, each.id): each for each in known}


def list_references(restore_id: int) -> list[ReferenceRow]:
    """Return what the chosen items refer to, by kind and name."""
    table = DbRestoreReferenceMapping
    columns = [getattr(table, name) for name in ReferenceRow.__dataclass_fields__]
    order = (table.kind, table.source_name, table.source_id)
    rows = db.session.execute(select(*columns).where(table.restore_run_id == restore_id).order_by(*order))
    return [ReferenceRow(**row._mapping) for row in rows]


def read_decisions(restore_id: int) -> Mapping[Key, str | None]:
    """Return the decisions: another id, or None for what is skipped. What is undecided is left out."""
    rows = [row for row in list_references(restore_id) if row.decision is not None]
    return {(Kind(row.kind), row.source_id): row.target_id for row in rows}


def decide_references(restore: Restore, decisions: Mapping[Key, ReferenceDecided | None]) -> bool:
    """Map or skip references, or take a decision back (None). Returns whether anything changed. Raises NotEditable."""
    with transaction() as session:
        changed = [
            (row, decisions[key])
            for row in list_references(restore.id)
            if (key := (Kind(row.kind), row.source_id)) in decisions and _differs(row, decisions[key])
        ]
        if not changed:
            return False
        revise(session, restore.id)
        for row, decided in changed:
            one = DbRestoreReferenceMapping.id == row.id
            session.execute(update(DbRestoreReferenceMapping).where(one).values(_values_of(decided)))
    return True


def collect_references(session: Session, restore: Restore) -> None:
    """Update the list of references to match the chosen items, keeping decisions already made."""
    used: dict[Key, int] = {}
    names: dict[Key, str | None] = {}
    for captured in _referred(session, restore.id):
        for key, each in captured.items():
            if each.kind not in _MAPPED_APART and len(each.id) <= LONGEST_ID:
                used[key] = used.get(key, 0) + 1
                names[key] = names.get(key) or (each.name and each.name[:LONGEST_NAME])
    table = DbRestoreReferenceMapping
    present = {(Kind(row.kind), row.source_id): row for row in list_references(restore.id)}
    for key in present.keys() - used.keys():
        session.execute(delete(table).where(table.id == present[key].id))
    for key in used.keys() & present.keys():
        values = {"used_by": used[key], "source_name": names[key]}
        session.execute(update(table).where(table.id == present[key].id).values(values))
    new = [
        {"restore_run_id": restore.id, "kind": str(kind), "source_id": source_id}
        | {"source_name": names[kind, source_id], "used_by": used[kind, source_id]}
        for kind, source_id in used
        if (kind, source_id) not in present
    ]
    if new:
        session.execute(insert(table), new)


def referred_by_item(restore_id: int) -> Iterator[tuple[int, list[Captured]]]:
    """Yield each item of a restore with what it refers to."""
    query = (
        select(DbRestoreItem.id, DbBackupItem.type, DbBackupItem.references, _CONTENT_WITHOUT_NAMES)
        .join(DbBackupItem, DbBackupItem.id == DbRestoreItem.backup_item_id)
        .where(DbRestoreItem.restore_run_id == restore_id)
    )
    for item_id, type_key, stored, content in db.session.execute(query).yield_per(_ROWS_AT_ONCE):
        yield item_id, list(captured_of(stored, content, type_key).values())


def list_objects(tenant_id: int) -> Mapping[Kind, Sequence[Thing]]:
    """Return what the tenant had to refer to at the last preview into it, by kind, each by name."""
    table = DbReferenceObject
    query = select(table.kind, table.external_id, table.display_name).where(table.tenant_id == tenant_id)
    found: dict[Kind, list[Thing]] = {}
    for kind, external_id, name in db.session.execute(query.order_by(table.display_name, table.id)):
        if kind in _KINDS:
            found.setdefault(Kind(kind), []).append(Thing(external_id, name))
    return found


def keep_objects(tenant_id: int, kind: Kind, things: Sequence[Thing]) -> None:
    """Replace what is known of a kind in a tenant. Two previews into one tenant take turns."""
    table = DbReferenceObject
    rows = [
        {"tenant_id": tenant_id, "kind": str(kind), "external_id": each.id, "display_name": each.name[:LONGEST_NAME]}
        for each in things
        if len(each.id) <= LONGEST_ID
    ]
    with transaction() as session:
        session.execute(select(DbTenant.id).where(DbTenant.id == tenant_id).with_for_update(key_share=True))
        session.execute(delete(table).where(table.tenant_id == tenant_id, table.kind == str(kind)))
        if rows:
            session.execute(insert(table), rows)


def known_ids(restore: Restore, ids: Iterable[str]) -> frozenset[str]:
    """Return those of the ids, however they are written, that belong to something of the source; in lower case."""
    wanted = sorted({spelling for each in ids for spelling in (each, each.lower())})
    known: set[str] = set()
    source = restore.source_tenant_id
    for begin in range(0, len(wanted), _ROWS_AT_ONCE):
        some = wanted[begin : begin + _ROWS_AT_ONCE]
        for table, of_source in (
            (DbPolicy, DbPolicy.tenant_id == source),
            (DbDirectoryGroup, DbDirectoryGroup.tenant_id == source),
            (DbAssignmentFilter, DbAssignmentFilter.tenant_id == source),
            (DbReferenceObject, DbReferenceObject.tenant_id == source),
            (DbBackupItem, DbBackupItem.backup_set_id == restore.backup_set_id),
        ):
            found = select(table.external_id).where(of_source, table.external_id.in_(some))
            known.update(db.session.scalars(found))
    named = {row.source_id for row in list_references(restore.id)} if wanted else set()
    return frozenset(each.lower() for each in known | (named & set(wanted)))


def _referred(session: Session, restore_id: int) -> Iterator[dict[Key, Captured]]:
    chosen = DbBackupItem.id.in_(select(DbRestoreItem.backup_item_id).where(DbRestoreItem.restore_run_id == restore_id))
    query = select(DbBackupItem.type, DbBackupItem.references, _CONTENT_WITHOUT_NAMES).where(chosen)
    for type_key, stored, content in session.execute(query).yield_per(_ROWS_AT_ONCE):
        yield captured_of(stored, content, type_key)


def _captured(entry: Mapping[str, Any]) -> Captured:
    name, of_type = entry.get("name"), entry.get("type")
    return Captured(
        Kind(entry["kind"]),
        entry["id"],
        name if isinstance(name, str) else None,
        of_type if isinstance(of_type, str) else None,
    )


def _differs(row: ReferenceRow, decided: ReferenceDecided | None) -> bool:
    if decided is None:
        return row.decision is not None
    return row.decision is None or row.target_id != decided.target_id


def _values_of(decided: ReferenceDecided | None) -> dict[str, Any]:
    if decided is None:
        return {"decision": None, "target_id": None, "target_name": None}
    decision = Decision.MAP if decided.target_id else Decision.SKIP
    return {"decision": decision, "target_id": decided.target_id, "target_name": decided.target_name}
