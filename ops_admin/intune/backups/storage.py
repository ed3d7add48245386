"""Writes backup sets; no other module does. Every call is one short transaction (R42).

Items can be added only while a set is being captured; every write checks this in its transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.channels import Channel
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.backups.items import CapturedItem, set_hash
from ops_admin.intune.backups.models import LONGEST_SET_NAME, DbBackupItem, DbBackupSet
from ops_admin.intune.backups.states import BackupStatus
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbPolicy

_MOST_NAMESAKES = 1000

"""Returns why a set must not be deleted, or None. Called inside the transaction that deletes it."""


class SetClosed(RuntimeError):
    """The set is no longer being captured: its run has been ended."""


class SetInUse(RuntimeError):
    """The set cannot be deleted; `reason` says why and is shown to the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class NewSet:
    """The properties of a new set; `name` gets a number if the tenant already has a set of that name."""

    run_id: int
    workspace_id: int
    tenant_id: int
    name: str
    with_assignments: bool
    created_by_name: str


still_needed: Channel[[int]] = Channel("backup set is about to be deleted")
"""Who still needs a set, asked within the transaction that deletes it: a subscriber returns the reason, or None."""


def open_set(new: NewSet) -> int:
    """Create the set of a run, or return the one that an earlier attempt of the run created.

    Items that the earlier attempt could not read are deleted, so that they are tried again. Raises SetClosed.
    """
    with transaction() as session:
        known = session.execute(
            select(DbBackupSet.id, DbBackupSet.status).where(DbBackupSet.operation_run_id == new.run_id)
        ).one_or_none()
        if known is None:
            return _insert_set(session, new)
        if known.status != BackupStatus.CAPTURING:
            raise SetClosed(known.id)
        _delete_failed_items(session, known.id)
        return int(known.id)


def captured_ids(set_id: int, policy_type: str) -> frozenset[str]:
    """Return the external ids of the items of a type that are already in a set."""
    query = select(DbBackupItem.external_id)
    found = db.session.scalars(query.where(DbBackupItem.backup_set_id == set_id, DbBackupItem.type == policy_type))
    return frozenset(found)


def record_items(set_id: int, tenant_id: int, items: Sequence[CapturedItem]) -> None:
    """Add items to a set that is being captured; items that it already has are ignored. Raises SetClosed."""
    if not items:
        return
    with transaction() as session:
        _lock_capturing(session, set_id)
        present = _present_keys(session, set_id, items)
        new = [item for item in items if (item.type, item.external_id) not in present]
        policy_ids = _policy_ids(session, tenant_id, new)
        rows = [_row(set_id, item, policy_ids.get((item.type, item.external_id))) for item in new]
        if rows:
            session.execute(insert(DbBackupItem), rows)
            _count(session, set_id, new)


@dataclass(frozen=True)
class Sealed:
    """A captured policy whose secrets were taken out afterwards."""

    content: dict[str, Any] = field(repr=False)
    content_hash: str
    sealed_secrets: str = field(repr=False)
    unknown_secrets: int


def seal_item(item_id: int, sealed: Sealed) -> None:
    """Take the secrets out of an item that was stored with them, and renew the hash of its set."""
    table = DbBackupItem
    with transaction() as session:
        query = select(DbBackupSet.id, DbBackupSet.content_hash).join(table, table.backup_set_id == DbBackupSet.id)
        found = session.execute(query.where(table.id == item_id).with_for_update(of=DbBackupSet)).one_or_none()
        one = (table.id == item_id, table.sealed_secrets.is_(None))
        session.execute(update(table).where(*one).values(asdict(sealed)))
        if found is not None and found.content_hash is not None:
            whole = {"content_hash": _hash_of(session, found.id)}
            session.execute(update(DbBackupSet).where(DbBackupSet.id == found.id).values(whole))


def close_set(set_id: int) -> BackupStatus:
    """End the capture of a set after everything was tried. Returns its new status; raises SetClosed."""
    with transaction() as session:
        _lock_capturing(session, set_id)
        counts = select(DbBackupSet.item_count, DbBackupSet.failed_count).where(DbBackupSet.id == set_id)
        captured, failed = session.execute(counts).one()
        incomplete = BackupStatus.PARTIAL if captured else BackupStatus.FAILED
        status = incomplete if failed else BackupStatus.COMPLETE
        content_hash = None
        if status is not BackupStatus.FAILED:
            content_hash = _hash_of(session, set_id)
        _end(session, DbBackupSet.id == set_id, status, content_hash)
    return status


def abandon_set_of_run(run_id: int) -> None:
    """Mark the set of an ended run as failed if it is still open. Its items are kept for inspection."""
    with transaction() as session:
        _end(session, DbBackupSet.operation_run_id == run_id, BackupStatus.FAILED, None)


def archive_set(set_id: int, *, archived: bool) -> None:
    """Archive an ended set, or take it out of the archive."""
    with transaction() as session:
        at = utcnow() if archived else None
        is_ended = DbBackupSet.status != BackupStatus.CAPTURING
        session.execute(update(DbBackupSet).where(DbBackupSet.id == set_id, is_ended).values(archived_at=at))


def delete_set(set_id: int, still_capturing: str) -> None:
    """Delete a set and its items. Raises SetInUse; `still_capturing` is the reason while it is being captured."""
    with transaction() as session:
        query = select(DbBackupSet.status).where(DbBackupSet.id == set_id).with_for_update()
        if session.execute(query).scalar_one_or_none() == BackupStatus.CAPTURING:
            raise SetInUse(still_capturing)
        for reason in still_needed.ask(set_id):
            raise SetInUse(reason)
        session.execute(delete(DbBackupItem).where(DbBackupItem.backup_set_id == set_id))
        session.execute(delete(DbBackupSet).where(DbBackupSet.id == set_id))


def _hash_of(session: Session, set_id: int) -> str:
    table = DbBackupItem
    columns = (table.type, table.external_id, table.content_hash, table.assignments_hash)
    rows = session.execute(select(*columns).where(table.backup_set_id == set_id))
    return set_hash((row[0], row[1], row[2], row[3]) for row in rows)


def _insert_set(session: Session, new: NewSet) -> int:
    row = DbBackupSet(
        workspace_id=new.workspace_id,
        tenant_id=new.tenant_id,
        name=_free_name(session, new.tenant_id, new.name),
        with_assignments=new.with_assignments,
        operation_run_id=new.run_id,
        created_by_name=new.created_by_name,
    )
    session.add(row)
    session.flush()
    return row.id


def _free_name(session: Session, tenant_id: int, name: str) -> str:
    """Append a number to a name that is taken. Two sets that begin at the same moment may still share a name."""
    taken = frozenset(session.scalars(select(DbBackupSet.name).where(DbBackupSet.tenant_id == tenant_id)))
    for number in range(2, _MOST_NAMESAKES):
        if name not in taken:
            break
        suffix = f" ({number})"
        stem = name.removesuffix(f" ({number - 1})")
        name = stem[: LONGEST_SET_NAME - len(suffix)].rstrip() + suffix
    return name


def _lock_capturing(session: Session, set_id: int) -> None:
    query = select(DbBackupSet.status).where(DbBackupSet.id == set_id).with_for_update()
    if session.execute(query).scalar_one_or_none() != BackupStatus.CAPTURING:
        raise SetClosed(set_id)


def _delete_failed_items(session: Session, set_id: int) -> None:
    table = DbBackupItem
    has_failed = or_(table.failure_code.is_not(None), table.assignments_failure_code.is_not(None))
    session.execute(delete(table).where(table.backup_set_id == set_id, has_failed))
    left = session.execute(select(func.count()).where(table.backup_set_id == set_id)).scalar_one()
    session.execute(update(DbBackupSet).where(DbBackupSet.id == set_id).values(item_count=left, failed_count=0))


def _present_keys(session: Session, set_id: int, items: Sequence[CapturedItem]) -> frozenset[tuple[str, str]]:
    table = DbBackupItem
    external_ids = [item.external_id for item in items]
    query = select(table.type, table.external_id).where(table.backup_set_id == set_id)
    is_of_types = table.type.in_({item.type for item in items})
    rows = session.execute(query.where(is_of_types, table.external_id.in_(external_ids)))
    return frozenset((row[0], row[1]) for row in rows)


def _count(session: Session, set_id: int, new: Sequence[CapturedItem]) -> None:
    """Add the new items to the counts, which is cheaper than counting the whole set again."""
    session.execute(
        update(DbBackupSet)
        .where(DbBackupSet.id == set_id)
        .values(
            item_count=DbBackupSet.item_count + sum(item.failure_code is None for item in new),
            failed_count=DbBackupSet.failed_count + sum(not item.is_whole for item in new),
        )
    )


def _end(session: Session, which: Any, status: BackupStatus, content_hash: str | None) -> None:
    values = {"status": status, "content_hash": content_hash, "completed_at": utcnow()}
    is_open = DbBackupSet.status == BackupStatus.CAPTURING
    session.execute(update(DbBackupSet).where(which, is_open).values(**values))


def _policy_ids(session: Session, tenant_id: int, items: Iterable[CapturedItem]) -> dict[tuple[str, str], int]:
    """Return the ids of policies in the console by type and external id."""
    external_ids = [item.external_id for item in items]
    query = select(DbPolicy.type, DbPolicy.external_id, DbPolicy.id).where(
        DbPolicy.tenant_id == tenant_id, DbPolicy.external_id.in_(external_ids)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def _row(set_id: int, item: CapturedItem, policy_id: int | None) -> dict[str, Any]:
    return {
        "backup_set_id": set_id,
        "policy_id": policy_id,
        "type": item.type,
        "external_id": item.external_id,
        "name": item.name,
        "search_key": search_key_of(item.name),
        "content": item.content,
        "content_hash": item.content_hash,
        "assignments": item.assignments,
        "assignments_hash": item.assignments_hash,
        "references": item.references,
        "failure_code": item.failure_code,
        "assignments_failure_code": item.assignments_failure_code,
        "sealed_secrets": item.sealed_secrets,
        "unknown_secrets": item.unknown_secrets,
    }
