"""`INSERT … ON CONFLICT`, which both engines understand and SQLAlchemy spells by dialect."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, table: Any) -> Any:
    """Return the insert of the session's engine, with its `on_conflict_…` methods."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
