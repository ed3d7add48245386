"""Operation types that tests register."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ops_admin.access.capabilities import Capability
from ops_admin.runs.catalog import OperationType, catalog, no_inputs
from ops_admin.runs.handle import RunHandle


@contextmanager
def registered(handler: Callable[[RunHandle], None], **fields: object) -> Iterator[OperationType]:
    """Register an operation with `handler` while the block runs."""
    operation = OperationType("test.operation", "Test operation", Capability.INVENTORY_SYNC, handler, parse_inputs=dict)
    operation = replace(operation, **fields)  # type: ignore[arg-type]  # passed through
    catalog.register(operation)
    try:
        yield operation
    finally:
        del catalog._types[operation.key]


def do_nothing(handle: RunHandle) -> None:
    """The shortest possible handler."""


__all__ = ["do_nothing", "no_inputs", "registered"]
