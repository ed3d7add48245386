"""Huey stores nothing but messages, and reading a message executes nothing."""

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import BaseStorage, MemoryStorage

from ops_admin.infra.adapters.huey_queue import JSONSerializer, LeanHuey, arguments_of
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed

ADAPTER = Adapter(
    "infra/adapters/huey_queue.py",
    "huey",
    (
        Promise(lambda: Serializer, "_serialize", "writes JSON instead of a pickle", ("self", "data")),
        Promise(lambda: Serializer, "_deserialize", "reads JSON instead of a pickle", ("self", "data")),
        Promise(lambda: Message, "_asdict", "writes the fields of a message"),
        Promise(lambda: Message, "eta", "writes when a message is given out"),
        Promise(lambda: Message, "args", "reads the run id"),
        Promise(lambda: Huey, "is_revoked", "answers it without a query", ("self", "task", "timestamp", "peek")),
        Promise(lambda: Huey, "delete", "answers it without a query", ("self", "key")),
        Promise(lambda: Huey, "add_schedule", "writes a message for later by it", ("self", "task")),
    ),
)


class Recording(MemoryStorage):  # type: ignore[misc]  # huey carries no types
    """Messages in memory. Records every other use of the storage."""

    def __init__(self) -> None:
        super().__init__("queue")
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.endswith("_data") or name in ("peek_many", "put_if_empty"):
            self.asked.append(name)
        return super().__getattribute__(name)


@pytest.fixture
def queue() -> Iterator[LeanHuey]:
    queue = LeanHuey("queue")
    queue.use(Recording())
    yield queue
    queue.storage.close()


def test_the_installed_huey_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


def test_a_task_is_done_without_asking_the_storage_for_anything_else(queue: LeanHuey) -> None:
    done: list[int] = []
    task = queue.task(name="note")(done.append)
    task(7)
    queue.execute(queue.dequeue())
    assert done == [7]
    assert queue.storage.asked == []


def test_a_message_says_in_json_what_it_holds(queue: LeanHuey) -> None:
    task = queue.task(name="note")(lambda run_id: None)
    task(7)
    [data] = queue.storage.enqueued_items()
    assert arguments_of(data) == (7,)
    assert data.startswith(b'{"message": ')


def test_a_message_for_later_keeps_its_time(queue: LeanHuey) -> None:
    task = queue.task(name="note")(lambda run_id: None)
    before = datetime.now(UTC).replace(tzinfo=None)
    queue.enqueue_in(task.s(7), seconds=60)
    [data] = queue.storage.scheduled_items()
    eta = queue.deserialize_task(data).eta
    assert before + timedelta(seconds=60) <= eta <= before + timedelta(seconds=90)
    assert queue.read_schedule(before + timedelta(seconds=30)) == []
    assert [each.args for each in queue.read_schedule(before + timedelta(seconds=90))] == [[7]]


def test_a_pickle_that_was_planted_is_not_executed() -> None:
    with pytest.raises(ValueError, match=r"codec|Expecting"):
        JSONSerializer().deserialize(pickle.dumps({"message": {}}))


def test_another_value_comes_back_as_it_was() -> None:
    serializer = JSONSerializer()
    assert serializer.deserialize(serializer.serialize({"a": [1, None]})) == {"a": [1, None]}


def test_a_storage_that_is_replaced_is_closed(queue: LeanHuey) -> None:
    closed: list[bool] = []

    class Closing(BaseStorage):  # type: ignore[misc]
        def close(self) -> None:
            closed.append(True)

    queue.use(Closing())
    queue.use(Recording())
    assert closed == [True]
