"""Sockets of the benchmark hear what they are told, and those that were not let in count as not having heard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.fan_out import BARE, CONSOLE, tell_all
from bench.shapes import BenchConsole
from tests.support.environment import console_environment
from tests.support.sources import ROOT


@pytest.fixture
def console(sqlite_url: str, tmp_path: Path) -> Iterator[BenchConsole]:
    console = BenchConsole(
        tmp_path, console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=sqlite_url, PYTHONPATH=str(ROOT))
    )
    yield console
    console.stop()


def test_every_socket_of_the_bare_application_hears_every_telling(console: BenchConsole) -> None:
    console.start_listening(BARE)

    told = tell_all(console, BARE, sockets=5, tellings=2)

    assert (told.open, told.share) == (5, 1)
    assert told.after is not None
    assert told.after.count == 10


def test_who_is_not_let_in_by_the_console_has_not_heard(console: BenchConsole) -> None:
    console.seed()
    console.start_listening(CONSOLE, "--sockets", "2")

    told = tell_all(console, CONSOLE, sockets=4, tellings=3)

    assert (told.open, told.share) == (2, 0.5)
    assert told.footprint.threads > 2
