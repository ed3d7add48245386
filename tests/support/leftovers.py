"""Fails a test that leaves something behind in what it shares with later tests, and says what."""

import os
import signal
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Protocol

import pytest

from ops_admin.app import FEATURES
from ops_admin.infra import database_retry
from ops_admin.infra.channels import Channel
from ops_admin.infra.extensions import huey
from ops_admin.runs import events, failures, tasks
from ops_admin.runs.catalog import catalog
from ops_admin.runs.worker import execution, pruning
from ops_admin.telemetry import tracing


class Shared(Protocol):
    """Something that several tests use in turn."""

    def tidy(self) -> list[str]:
        """Restore it. Returns what a test has left there besides rows and files."""


_lent_key = pytest.StashKey[list[Shared]]()
_before_key = pytest.StashKey[Mapping[str, object]]()


def lend(item: pytest.Item, thing: Shared) -> None:
    """Let a test use something that is tidied after the test, in reverse order of lending."""
    item.stash.setdefault(_lent_key, []).append(thing)


# Outside every fixture, so that their changes are not made yet, and are undone in the end.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Record the state of the process before the test."""
    item.stash[_before_key] = _process_state()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Tidy what was lent, and compare the state of the process."""
    try:
        return (yield)
    finally:
        # After the last test the servers are gone, and nobody is left to be disturbed.
        if nextitem is not None and (found := list(_leftovers(item))):
            listed = "\n".join(f"- {each}" for each in found)
            pytest.fail(f"This test leaves something behind; mend it, or mark it own_app:\n{listed}", pytrace=False)


def _leftovers(item: pytest.Item) -> Iterator[str]:
    lent = item.stash.get(_lent_key, [])
    for thing in reversed(lent):
        yield from thing.tidy()
    if lent:
        yield from _changes(item.stash[_before_key])


def _changes(before: Mapping[str, object]) -> Iterator[str]:
    # The first application of a process fills the registries.
    if before["operations of the catalog"]:
        after = _process_state()
        yield from (f"{name}: {old} before, {after[name]} now" for name, old in before.items() if after[name] != old)


def _process_state() -> Mapping[str, object]:
    """What all applications and tests of a process share."""
    return {
        **{f"subscribers of {channel.name}": channel.subscribers for channel in _channels()},
        "operations of the catalog": [operation.key for operation in catalog],
        "tasks of the queue": sorted(huey._registry._registry),
        "what keeps runs from pruning": [*pruning._holds],
        "what is pruned": [*pruning._retentions],
        "failure codes": [*failures._explanations],
        "who executes runs": [*tasks._executors],
        "runs in hand": [*execution._in_hand],
        "whether this process shuts down": execution.shutting_down.is_set() or database_retry.given_up.is_set(),
        "tracers": [*tracing._tracers],
        "environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "working directory": os.getcwd(),
        "signal handlers": [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGCHLD)],
    }


def _channels() -> list[Channel[Any]]:
    of_features = [channel for feature in FEATURES for channel, _ in feature.subscribers]
    return list(dict.fromkeys([*of_features, events.companions, *events.after_commit.values()]))
