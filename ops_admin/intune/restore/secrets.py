"""The secrets that a restore has to ask for: which ones, and what somebody typed (R56).

Typed values are sealed in the restore's rows, and wiped when it ends.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func, or_, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import db, transaction
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.restore.codes import SECRET_MISSING
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import Action
from ops_admin.intune.secret_values import vault
from ops_admin.redaction.secret_marks import unknown_places

LONGEST_SECRET = 20_000
# What the text of a policy with an unknown secret contains. Backups of earlier versions did not count them.
_TRACES = ("secretReferenceValueId", "SecretSettingValue", "preSharedKey", "sharedSecret", "***")


@dataclass(frozen=True)
class AskedSecret:
    """One secret of which the backup knows no value; `is_typed` once somebody entered it."""

    pointer: str
    label: str
    is_typed: bool


@dataclass(frozen=True)
class AskedItem:
    """A chosen policy with secrets to ask for."""

    id: int
    backup_item_id: int
    type: str
    external_id: str
    name: str
    secrets: tuple[AskedSecret, ...]


def list_asked(restore: Restore) -> list[AskedItem]:
    """Return the selected policies that need secrets, by name. A policy that is as wanted already needs none."""
    item, held = DbRestoreItem, DbBackupItem
    content = cast(held.content, Text)
    traces = or_(*(content.contains(trace, autoescape=True) for trace in _TRACES))
    may_need = or_(held.unknown_secrets > 0, held.sealed_secrets != "", held.unknown_secrets.is_(None) & traces)
    query = (
        select(item, held.content, held.sealed_secrets.label("known"))
        .join(held, held.id == item.backup_item_id)
        .where(item.restore_run_id == restore.id, held.content.is_not(None), may_need)
        .where(func.coalesce(item.action, "") != Action.UNCHANGED)
        .order_by(item.search_key, item.id)
    )
    asked = (_asked(row[0], row.content, row.known) for row in db.session.execute(query))
    return [each for each in asked if each.secrets]


def count_missing(restore_id: int) -> int:
    """Return how many items the preview left out because nobody typed their secrets."""
    table = DbRestoreItem
    query = select(func.count()).where(table.restore_run_id == restore_id, table.problem_code == SECRET_MISSING)
    return db.session.execute(query).scalar_one()


def save_typed(restore: Restore, typed: Mapping[int, Mapping[str, str]]) -> bool:
    """Seal typed values by item and JSON pointer. Returns whether there were any.

    What the items do not ask for is ignored. Raises NotEditable.
    """
    asked = {item.id: item for item in list_asked(restore)}
    given = {item_id: _asked_of(asked[item_id], values) for item_id, values in typed.items() if item_id in asked}
    new = {item_id: values for item_id, values in given.items() if values}
    if not new:
        return False
    with transaction() as session:
        revise(session, restore.id)
        for item_id, values in new.items():
            sealed = select(DbRestoreItem.sealed_secrets).where(DbRestoreItem.id == item_id)
            known = vault().open(session.execute(sealed).scalar_one())
            one = update(DbRestoreItem).where(DbRestoreItem.id == item_id)
            session.execute(one.values(sealed_secrets=vault().seal({**known, **values})))
    return True


def wipe_typed(session: Session, restore_id: int) -> None:
    """Forget what was typed, within the transaction that ends the restore."""
    table = DbRestoreItem
    typed = (table.restore_run_id == restore_id, table.sealed_secrets != "")
    session.execute(update(table).where(*typed).values(sealed_secrets=""))


def _asked(item: Any, content: Any, sealed: str | None) -> AskedItem:
    content = json.loads(content) if isinstance(content, str) else content
    typed = vault().open(item.sealed_secrets)
    unknown = unknown_places(content, vault().open(sealed)) if isinstance(content, dict) else []
    secrets = tuple(AskedSecret(place.pointer, place.label, place.pointer in typed) for place in unknown)
    return AskedItem(item.id, item.backup_item_id, item.type, item.external_id, item.name, secrets)


def _asked_of(asked: AskedItem, values: Mapping[str, str]) -> dict[str, str]:
    pointers = {secret.pointer for secret in asked.secrets}
    return {pointer: value for pointer, value in values.items() if pointer in pointers and value}
