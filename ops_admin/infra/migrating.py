"""Building indexes while others write, for the migrations (docs/deploy.md, "Upgrading").

A plain CREATE INDEX holds up every writer of its table until it is built: on a large ledger that is minutes in which no
operation can start, move or end.
"""

from alembic import op
from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

# A migration that waits for a lock makes everybody wait who comes after it; then it rather gives up and is run again.
LOCK_TIMEOUT = "10s"


def build_index(
    name: str, table: str, columns: list[str], *, unique: bool = False, where: TextClause | None = None
) -> None:
    """Create an index on a table that may be large; on PostgreSQL nobody who writes has to wait for it.

    What is left of a build that was interrupted, an index that is not valid, is taken away first.
    """
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.create_index(name, table, columns, unique=unique, sqlite_where=where)
        return
    with context.autocommit_block():
        # It waits for transactions that are open anyhow, without being in anybody's way.
        op.execute(text("set lock_timeout = 0"))
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, unique=unique, postgresql_where=where, postgresql_concurrently=True)
        op.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))


def remove_index(name: str, table: str) -> None:
    """Drop an index of a table that may be large, as `build_index` builds it."""
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.drop_index(name, table)
        return
    with context.autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
