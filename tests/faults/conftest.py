"""Which faults `make test` lets happen: those that are quick. `make faults` lets all of them."""

import os

import pytest

IS_LONG = "FAULT_SEEDS" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "slow_fault: takes long to happen; left to `make faults`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow ones out unless they were asked for."""
    left_out = [item for item in items if item.get_closest_marker("slow_fault") and not IS_LONG]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
