"""The queue's only task: execute a run. Its message carries nothing but the run's id (R18)."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Float, Text, bindparam, func, insert, select

from ops_admin.infra.database import Executor
from ops_admin.infra.extensions import huey
from ops_admin.infra.queue import POSTGRES_MESSAGES, URGENT
from ops_admin.runs.catalog import catalog
from ops_admin.runs.companions import Companion, Found
from ops_admin.runs.ledger import Run

# Stands in for the id of a run that has not been inserted yet.
_RUN_ID = "{run_id}"

_executors: list[Callable[[int], None]] = []


def execute_with(executor: Callable[[int], None]) -> None:
    """Have `executor(run_id)` execute runs.

    The ledger does not import its worker, so `feature.py` connects the two.
    """
    _executors[:] = [executor]


@huey.task(name="run_operation")  # type: ignore[untyped-decorator]  # huey carries no types
def run_operation(run_id: int) -> None:
    """Execute one run, in this process's application context."""
    with huey.app_context():
        _executors[0](run_id)


def enqueue(run: Run, *, delay_seconds: float = 0) -> None:
    """Write the message of a run, in the open transaction if there is one. Raises what the storage raises.

    With `delay_seconds` it is delivered only after that long.
    """
    if delay_seconds > 0:
        huey.enqueue_in(run_operation.s(run.id, priority=_priority_of(run.type)), delay_seconds)
    else:
        run_operation(run.id, priority=_priority_of(run.type))


def message_of(type_key: str) -> Companion:
    """Return the message of a run that is about to be inserted (R11). The inserting statement fills in the id."""
    task = run_operation.s(_RUN_ID, priority=_priority_of(type_key))
    head, tail = huey.serialize_task(task).decode().split(f'"{_RUN_ID}"')
    address = huey.address()
    parameters = {"queue": address.queue, "channel": address.channel, "priority": task.priority or 0}
    return Companion(
        build=_written_along,
        parameters={f"message_{name}": value for name, value in {**parameters, "head": head, "tail": tail}.items()},
        write=_write,
    )


def _written_along(written: CTE) -> tuple[Sequence[CTE], Sequence[ColumnElement[Any]]]:
    """Do what `_write` does, within the statement that inserts the run."""
    text = func.concat(bindparam("message_head", type_=Text), written.c.id, bindparam("message_tail", type_=Text))
    rows = select(
        bindparam("message_queue", type_=Text),
        func.convert_to(text, "UTF8"),
        bindparam("message_priority", type_=Float),
    ).select_from(written)
    message = insert(POSTGRES_MESSAGES).from_select(["queue", "data", "priority"], rows).cte("message")
    woken = select(func.pg_notify(bindparam("message_channel", type_=Text), "")).scalar_subquery()
    return [message], [woken.label("woken")]


def _write(_executor: Executor, run: Run) -> Found:
    enqueue(run)
    return {}


def _priority_of(type_key: str) -> int | None:
    operation = catalog.find(type_key)
    return URGENT if operation is not None and operation.urgent else None
