"""Selects which faults run: `make test` only the quick ones, `make faults` all of them."""

import os

import pytest

IS_LONG = "FAULT_SEEDS" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "slow_fault: takes long to happen; left to `make faults`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the slow tests unless they were requested."""
    left_out = [item for item in items if item.get_closest_marker("slow_fault") and not IS_LONG]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
