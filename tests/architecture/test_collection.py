"""Every process that collects the tests sees the same names; otherwise they could not run in parallel."""

import ast
import re
from datetime import UTC, datetime

import pytest

from tests.support.sources import ROOT, called_name


def test_no_test_is_named_after_the_moment_or_the_memory_address_of_a_parameter(request: pytest.FixtureRequest) -> None:
    # A fixed date chosen by a test is the same in every process. Only today's date comes from the clock.
    passing = re.compile(rf"datetime\.|{datetime.now(UTC):%Y-%m-%d}|0x[0-9a-f]{{6,}}")
    assert not [item.nodeid for item in request.session.items if passing.search(item.nodeid)]


def test_every_process_that_a_test_starts_is_tied_to_the_run() -> None:
    commands = {"tied", "postgres_command", "redis_command"}
    functions = [
        (path, {called_name(call) for call in ast.walk(node) if isinstance(call, ast.Call)}, node.name)
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    starting = [(path, called, name) for path, called, name in functions if "Popen" in called]
    assert len(starting) > 5
    assert not [f"{path}: {name}" for path, called, name in starting if not called & commands]
