"""One simulator a test module, as at the start for each test."""

from collections.abc import Iterator

import pytest

from tests.simulator.service import Service, running_service


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with running_service() as service:
        yield service
        service.http.close()


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    yield running
    running.control("POST", "/reset", {})
