"""`INSERT … ON CONFLICT`, which both engines understand and SQLAlchemy spells by dialect; only here."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_for(dialect: str, table: Any) -> Any:
    """Return the INSERT of the dialect of that name, with its `on_conflict_…` methods."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_into(session: Session, table: Any) -> Any:
    """Return the INSERT of the session's engine, with its `on_conflict_…` methods."""
    return insert_for(session.get_bind().dialect.name, table)


def upsert(
    session: Session,
    table: Any,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    first: Mapping[str, Any] | None = None,
) -> None:
    """Set `values` in the row of that unique `key`; insert it with the values of `first` as well if there is none."""
    statement = insert_into(session, table).values(**key, **values, **(first or {}))
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
