"""Every process that collects the tests sees the same names; otherwise they could not run in parallel."""

import re
from datetime import UTC, datetime

import pytest


def test_no_test_is_named_after_the_moment_or_the_memory_address_of_a_parameter(request: pytest.FixtureRequest) -> None:
    # A fixed date chosen by a test is the same in every process. Only today's date comes from the clock.
    passing = re.compile(rf"datetime\.|{datetime.now(UTC):%Y-%m-%d}|0x[0-9a-f]{{6,}}")
    assert not [item.nodeid for item in request.session.items if passing.search(item.nodeid)]
