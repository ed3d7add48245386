"""The ways in which a source can reach a table: by its class, by its name in a string, or by neither."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from sqlalchemy import Table
from sqlalchemy.sql.dml import UpdateBase

from ops_admin.app import FEATURES
from ops_admin.infra.database import Base
from tests.support.sources import Source, called_name, product_sources

assert FEATURES, "every model is loaded once the features are"
TABLES = frozenset(Base.metadata.tables)

# What runs SQL given as text, or finds a table whose class was not imported. `Table` is also a type; only calls of it
# count.
TEXTUAL = {"text", "literal_column", "table", "sql", "DDL", "MetaData", "TextClause", "automap_base", "inspect"}
LOOKUPS = {"metadata", "registry", "exec_driver_sql", "raw_connection", "driver_connection", "__subclasses__"}
TAKES_A_TABLE = {*TEXTUAL, "Table", "exec_driver_sql"}

_ANY = "|".join(sorted(TABLES))
_IN_SQL = re.compile(
    rf"\b(?:update|from|join|into|table|truncate|references)\s+(?:only\s+)?[\"\[`]?(?:\w+\.)?({_ANY})\b", re.IGNORECASE
)
_SEVERAL_WORDS = re.compile(rf"\b({'|'.join(name for name in sorted(TABLES) if '_' in name)})\b")
_DOTTED_KEY = re.compile(r"\w+(?:\.\w+)+")


def owners() -> dict[str, str]:
    """The file that declares each table."""
    return {
        node.value.value: source.name
        for source in product_sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__tablename__"
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def named_tables(source: Source) -> set[str]:
    """The tables named in strings of `source`.

    A name of several words ("operation_runs") is recognised anywhere except at the beginning of a dotted key
    ("review_packs.view", "tenants.id"). A plain word ("users") is recognised only in SQL and where a table is looked
    up.
    """
    found = {name for value in source.values() for name in _names_in(str(value.value))}
    return found | (TABLES & set(_keys(source)))


def _names_in(text: str) -> Iterator[str]:
    yield from _IN_SQL.findall(text)
    for match in _SEVERAL_WORDS.finditer(text):
        if match.start() > 0 or not _DOTTED_KEY.fullmatch(text):
            yield match[1]


def _keys(source: Source) -> Iterator[str]:
    """The strings used to look up a table: `tables["users"]`, `table("users")`."""
    for node in ast.walk(source.tree):
        looked_up: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "tables":
            looked_up = [node.slice]
        elif isinstance(node, ast.Call) and called_name(node) in TAKES_A_TABLE:
            looked_up = node.args[:1]
        yield from (each.value for each in looked_up if isinstance(each, ast.Constant) and isinstance(each.value, str))


def side_doors(source: Source) -> set[str]:
    """The ways to a table in `source` that need neither its class nor its full name."""
    imports = {
        alias.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and _is_sqlalchemy(node.module))
        for alias in node.names
    }
    attributes = {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    called = {called_name(call) for call in source.calls()} & ({"cursor"} | (imports & {"Table"}))
    return (imports & {*TEXTUAL, "sqlalchemy"}) | (attributes & LOOKUPS) | called


def _is_sqlalchemy(module: str | None) -> bool:
    return (module or "").partition(".")[0] in ("sqlalchemy", "alembic")


def held_tables(source: Source) -> set[str]:
    """The tables whose class or object `source` imports, directly or from a module that it imports."""
    return {table for value in _imported(source) if (table := _table_of(value))}


def _imported(source: Source) -> Iterator[object]:
    modules: dict[str, ModuleType] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ops_admin"):
            for alias in node.names:
                value = _value(node.module or "", alias.name)
                if isinstance(value, ModuleType):
                    modules[alias.asname or alias.name] = value
                yield value
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield vars(modules[node.value.id]).get(node.attr)


def _value(module: str, name: str) -> object:
    package = import_module(module)
    return getattr(package, name) if hasattr(package, name) else import_module(f"{module}.{name}")


def _table_of(value: object) -> str | None:
    """The table of a class, a table or a statement."""
    known = getattr(value, "__table__", None) if isinstance(value, type) else value
    table = known.table if isinstance(known, UpdateBase) else known
    return table.name if isinstance(table, Table) else None
