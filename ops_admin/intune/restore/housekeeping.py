"""Masks what previews of earlier versions stored of secrets (R56)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select, update

from ops_admin.infra.database import db, transaction
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.secret_values import masked, masked_changes

BATCH = 200


def mask_old_items() -> int:
    """Mask the items in which nobody has looked for secrets; returns how many there were. Can be repeated."""
    return sum(_mask(item_id) for item_id in _unmasked())


def _mask(item_id: int) -> bool:
    with transaction() as session:
        item = session.get(DbRestoreItem, item_id, with_for_update=True)
        if item is None or item.sealed_secrets is not None:
            return False
        values = {
            **_masked({"live_content": item.live_content, "changes": item.changes}),
            "candidates": item.candidates and [{**each, **_masked(each)} for each in item.candidates],
            "sealed_secrets": "",
        }
        session.execute(update(DbRestoreItem).where(DbRestoreItem.id == item_id).values(values))
    return True


def _masked(finding: dict[str, Any]) -> dict[str, Any]:
    """Mask what was found of a policy of the tenant."""
    live, changes = finding.get("live_content"), finding.get("changes")
    return {
        "live_content": masked(live) if isinstance(live, dict) else live,
        "changes": masked_changes(changes) if isinstance(changes, list) else changes,
    }


def _unmasked() -> Iterator[int]:
    after, table = 0, DbRestoreItem
    stored = or_(table.live_content.is_not(None), table.changes.is_not(None), table.candidates.is_not(None))
    query = select(table.id).where(table.sealed_secrets.is_(None), stored).order_by(table.id)
    while found := list(db.session.scalars(query.where(table.id > after).limit(BATCH))):
        db.session.rollback()
        yield from found
        after = found[-1]
