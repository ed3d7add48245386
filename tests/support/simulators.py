"""The simulated Microsoft tenant that tests share: resetting it is faster than starting a process."""

from collections.abc import Iterator

import pytest

from ops_admin.graph import tokens
from tests.graph.simulated import Simulator, running_simulator


@pytest.fixture(scope="session")
def demo_simulator() -> Iterator[Simulator]:
    """One with the demo's policies for the session (one per xdist worker), in the state that the last test left."""
    with running_simulator() as running:
        yield running


@pytest.fixture(scope="module")
def service(demo_simulator: Simulator) -> Simulator:
    """The simulator of a module, for which the console has no token yet. A module may override it with its own."""
    tokens._sources.clear()
    return demo_simulator


@pytest.fixture
def simulator(service: Simulator) -> Simulator:
    """The simulator in its initial state."""
    service.control("POST", "reset")
    return service
