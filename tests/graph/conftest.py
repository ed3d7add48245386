"""Fixtures with the scripted server, for tests of faults."""

from collections.abc import Iterator

import pytest

from tests.graph.scripted import ScriptedServer, Waits


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer().running() as running:
        yield running


@pytest.fixture
def waits() -> Waits:
    return Waits()
