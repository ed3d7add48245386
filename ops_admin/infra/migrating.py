"""Building indexes without blocking writers, for migrations (docs/deploy.md, "Upgrading").

A plain CREATE INDEX blocks all writes to the table until it is built. On a large ledger that means minutes in which no
operation can start, progress or end.
"""

from alembic import op
from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

# A migration waiting for a lock blocks everyone who comes after it. Past this limit it gives up and has to be run
# again.
LOCK_TIMEOUT = "10s"


def build_index(
    name: str, table: str, columns: list[str], *, unique: bool = False, where: TextClause | None = None
) -> None:
    """Create an index on a table that may be large, on PostgreSQL without blocking writers.

    An invalid index left behind by an interrupted build is dropped first.
    """
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.create_index(name, table, columns, unique=unique, sqlite_where=where)
        return
    with context.autocommit_block():
        # The build waits for open transactions in any case, without blocking anybody.
        op.execute(text("set lock_timeout = 0"))
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, unique=unique, postgresql_where=where, postgresql_concurrently=True)
        op.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))


def remove_index(name: str, table: str) -> None:
    """Drop an index built with `build_index` from a table that may be large."""
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.drop_index(name, table)
        return
    with context.autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
