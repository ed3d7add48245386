"""The only place for `INSERT … ON CONFLICT`, which SQLAlchemy spells differently for each engine."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_for(dialect: str, table: Any) -> Any:
    """Return the INSERT of the named dialect, with its `on_conflict_…` methods."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def insert_into(session: Session, table: Any) -> Any:
    """Return the INSERT of the session's dialect, with its `on_conflict_…` methods."""
    return insert_for(session.get_bind().dialect.name, table)


def upsert(
    session: Session,
    table: Any,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    first: Mapping[str, Any] | None = None,
) -> None:
    """Set `values` in the row with that unique `key`.

    If there is none, insert it, with the values of `first` as well.
    """
    statement = insert_into(session, table).values(**key, **values, **(first or {}))
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
