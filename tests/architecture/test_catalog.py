"""The catalog names every operation type that code starts or looks for (R29)."""

import ast
import importlib
from collections.abc import Iterator

import pytest
from flask import Flask

from ops_admin.runs.catalog import catalog
from tests.support.sources import Source, called_name, product_sources

# Functions whose argument of that position or name is an operation type.
TAKES_A_TYPE = {"start": (0, "type_key"), "NewRun": (None, "type")}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_type_named_in_code_is_registered(app: Flask) -> None:
    named = {value for source in product_sources() for value in types_named_in(source)}
    assert named
    assert not {key for key in named if catalog.find(key) is None}


def test_every_registered_type_has_a_dotted_key_and_a_label(app: Flask) -> None:
    for operation in catalog:
        assert operation.key.islower()
        assert "." in operation.key
        with app.test_request_context():
            assert str(operation.label).strip()


def types_named_in(source: Source) -> Iterator[str]:
    for call in source.calls():
        if called_name(call) in TAKES_A_TYPE:
            for argument in type_arguments(call):
                value = value_of(argument, source)
                if value is not None:
                    yield value


def type_arguments(call: ast.Call) -> list[ast.expr]:
    position, keyword = TAKES_A_TYPE[called_name(call)]
    named = [given.value for given in call.keywords if given.arg == keyword]
    return named + (call.args[position : position + 1] if position is not None else [])


def value_of(argument: ast.expr, source: Source) -> str | None:
    """The text of a literal or of a constant of the module; None for what only a run decides."""
    if isinstance(argument, ast.Name):
        return getattr(importlib.import_module(source.module), argument.id, None)
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None
