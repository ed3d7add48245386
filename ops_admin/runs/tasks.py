"""The one task of the queue: do the work of a run. Its message carries nothing but the run's id (R18)."""

from collections.abc import Callable

from ops_admin.infra.extensions import huey
from ops_admin.infra.queue import URGENT
from ops_admin.runs.catalog import catalog
from ops_admin.runs.ledger import Run

_executors: list[Callable[[int], None]] = []


def execute_with(executor: Callable[[int], None]) -> None:
    """Let `executor(run_id)` do the work; the ledger does not know its worker, so the wiring says it (`feature.py`)."""
    _executors[:] = [executor]


@huey.task(name="run_operation")  # type: ignore[untyped-decorator]  # huey carries no types
def run_operation(run_id: int) -> None:
    """Do the work of one run, in the context of the application that this process works for."""
    with huey.app_context():
        _executors[0](run_id)


def enqueue(run: Run, *, delay_seconds: float = 0) -> None:
    """Write the message of a run, along with the open transaction if there is one; raises what the storage raises.

    With a delay it is given out only after so many seconds.
    """
    operation = catalog.find(run.type)
    priority = URGENT if operation is not None and operation.urgent else None
    if delay_seconds > 0:
        huey.enqueue_in(run_operation.s(run.id, priority=priority), delay_seconds)
    else:
        run_operation(run.id, priority=priority)
