"""The console as real processes: everything in one on SQLite, and many on PostgreSQL and Redis (R50)."""

import pytest
import requests

from tests.support.processes import Console


@pytest.fixture(params=["embedded", "scaled"])
def console(request: pytest.FixtureRequest) -> Console:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Console)
    return found


def test_every_web_process_is_ready(console: Console) -> None:
    for base_url in console.base_urls:
        assert requests.get(f"{base_url}/readyz", timeout=10).status_code == 200
        assert requests.get(f"{base_url}/healthz", timeout=10).status_code == 200
