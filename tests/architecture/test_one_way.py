"""There is one way for each thing: what two places did differently stands in one (docs/adr/0029-adapters.md)."""

import ast
from collections.abc import Iterator

from tests.support.sources import Source, product_sources

SOURCES = product_sources()


def imported(source: Source) -> Iterator[str]:
    """The full names that a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def importers(*names: str) -> set[str]:
    """The modules that import one of `names`."""
    return {source.name for source in SOURCES if set(names) & set(imported(source))}


def test_one_module_writes_insert_on_conflict() -> None:
    inserts = {f"sqlalchemy.dialects.{engine}{name}" for engine in ("postgresql", "sqlite") for name in ("", ".insert")}
    assert importers(*inserts) == {"infra/upserts.py"}


def test_one_package_knows_what_a_secret_is_called() -> None:
    telling = {source.name for source in SOURCES if any("pwd" in text for text in source.strings())}
    assert telling == {"redaction/patterns.py"}


def test_the_guard_alone_remembers_the_current_tenant() -> None:
    assert importers("ops_admin.access.navigation.remember_tenant") == {"access/guards.py"}


def test_one_module_deletes_files_that_have_expired() -> None:
    deleting = {
        source.name
        for source in SOURCES
        for call in source.calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "delete"
        if isinstance(call.func.value, ast.Call) and "disk_of" in ast.unparse(call.func.value)
    }
    assert deleting == {"infra/file_storage/leftovers.py"}
