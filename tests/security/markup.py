"""Markup in every stored text: the columns are found in the models, so that a new one is poisoned as well."""

from typing import Any

from playwright.sync_api import Page
from sqlalchemy import JSON, Column, String, Table, select, update
from sqlalchemy.exc import IntegrityError

from ops_admin.infra.database import Base, transaction

# Not shown to anybody as text, or what the world itself stands on: each with its reason.
EXEMPT = {
    "users.email": "the one who looks signs in with it",
    "users.password_hash": "never read by a page",
    "sign_ins.id": "a hash; the look itself is made with it",
    "worker_heartbeats.worker": "the key of a worker",
    "review_packs.file_disk": "the name of a disk in the settings",
    "review_packs.file_path": "tests/security/test_paths.py",
    "policy_exports.file_disk": "the name of a disk in the settings",
    "policy_exports.file_path": "tests/security/test_paths.py",
    "policies.type": "one of the types that the console knows; a sync writes no other",
    "backup_items.type": "as policies.type",
    "restore_items.type": "as policies.type",
}
HACK = "window.hacked"
# The longest that fits is taken.
PAYLOADS = (
    "'\"><img src=x onerror=\"{hack}='{at}'\"><script>{hack}='{at}'</script><svg onload=\"{hack}=1\"></svg>{{{{7*7}}}}",
    '"><img src=x onerror="{hack}=1">',
    "<img src=x onerror=h()>",
    "<b onclick=h()>",
    "<b id=h>",
    "<u>",
)
# What a payload turns into where it is taken for markup.
ALIVE = (
    "img[src=x], svg[onload], b[onclick], b#h, u, [onerror], [onload], a[href^='javascript:'],"
    " script:not([src]):not([type='application/json'])"
)


def payload(at: str, longest: int | None) -> str:
    """Return markup that fits into `longest` characters and says where it was."""
    texts = (each.format(hack=HACK, at=at) for each in PAYLOADS)
    return next(text for text in texts if longest is None or len(text) <= longest)


def poison() -> list[str]:
    """Put markup into every text of every row; return the columns that took it, for the database guards the others."""
    return [
        name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if (name := f"{table.name}.{column.name}") not in EXEMPT and _poison(table, column, name)
    ]


def _poison(table: Table, column: Column[Any], name: str) -> bool:
    if column.primary_key or column.foreign_keys:
        return False
    try:
        if isinstance(column.type, String):
            return _poison_texts(table, column, name)
        return isinstance(column.type, JSON) and _poison_json(table, column, name)
    except IntegrityError:
        return False


def _poison_texts(table: Table, column: Column[Any], name: str) -> bool:
    text = payload(name, column.type.length)  # type: ignore[attr-defined]  # a String
    with transaction() as session:
        done = session.execute(update(table).where(column.is_not(None)).values({column.name: text}))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an update


def _poison_json(table: Table, column: Column[Any], name: str) -> bool:
    [key] = table.primary_key.columns if len(table.primary_key.columns) == 1 else [None]
    if key is None:
        return False
    with transaction() as session:
        rows = session.execute(select(key, column).where(column.is_not(None))).all()
        for row_id, value in rows:
            session.execute(update(table).where(key == row_id).values({column.name: _poisoned(value, name)}))
    return bool(rows)


def _poisoned(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return payload(name, 190)
    if isinstance(value, dict):
        return {key: each if key == "@odata.type" else _poisoned(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_poisoned(each, name) for each in value]
    return value


def living(page: Page) -> list[str]:
    """Return what has come alive on a page: elements made of a text, and scripts that ran."""
    found = page.evaluate("alive => [...document.querySelectorAll(alive)].map(each => each.outerHTML)", ALIVE)
    hacked = page.evaluate(f"{HACK} ?? null")
    return [*found, *([hacked] if hacked else [])]
