"""Building indexes without blocking writers, for migrations (docs/deploy.md, "Upgrading").

A plain CREATE INDEX blocks all writes to the table until it is built. On a large ledger that means minutes in which no
operation can start, progress or end.
"""

from alembic import op
from sqlalchemy import column, select, text, update
from sqlalchemy import table as sql_table
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


def replace_check(table: str, name: str, old: str, new: str) -> None:
    """Let a check constraint say `new` instead of `old`. Existing rows are not looked at: see `validate_check`."""
    if op.get_context().dialect.name != "postgresql":
        _replace_in_schema(table, f"CONSTRAINT {name} CHECK ({old})", f"CONSTRAINT {name} CHECK ({new})")
        return
    added = f"drop constraint if exists {name}, add constraint {name} check ({new}) not valid"
    op.execute(text(f"alter table {table} {added}"))


def validate_check(table: str, name: str) -> None:
    """Let PostgreSQL look whether all rows obey a check that was replaced. Writers do not wait for that."""
    context = op.get_context()
    if context.dialect.name == "postgresql":
        with context.autocommit_block():
            op.execute(text(f"alter table {table} validate constraint {name}"))


def _replace_in_schema(table: str, old: str, new: str) -> None:
    """Edit the definition of a table of SQLite, which cannot alter a constraint, as its documentation describes.

    https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes". The other way is to copy
    the table; to drop the old one would then delete, by cascade, whatever refers to its rows.
    """
    connection = op.get_bind()
    stored = sql_table("sqlite_master", column("type"), column("name"), column("sql"))
    of_table = (stored.c.type == "table") & (stored.c.name == table)
    sql = connection.execute(select(stored.c.sql).where(of_table)).scalar_one()
    if sql.count(old) != 1:
        raise ValueError(f"{table} has no {old}")
    version = connection.execute(text("pragma schema_version")).scalar_one()
    connection.execute(text("pragma writable_schema = on"))
    connection.execute(update(stored).where(of_table).values(sql=sql.replace(old, new)))
    connection.execute(text(f"pragma schema_version = {version + 1}"))
    connection.execute(text("pragma writable_schema = reset"))


def remove_index(name: str, table: str) -> None:
    """Drop an index built with `build_index` from a table that may be large."""
    context = op.get_context()
    if context.dialect.name != "postgresql":
        op.drop_index(name, table)
        return
    with context.autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
