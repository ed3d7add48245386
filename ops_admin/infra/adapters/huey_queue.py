"""Huey without what the ledger does itself: results, revocations, and messages that could execute anything."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from huey import Huey
from huey import crontab as crontab
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import BlackHoleStorage

from ops_admin.infra.adapters.huey_storage import LedgerStorage


class JSONSerializer(Serializer):  # type: ignore[misc]  # huey carries no types
    """Messages as JSON: they hold a task's name and a run id, and reading one must never execute anything."""

    def _serialize(self, data: Any) -> bytes:
        value = {"message": data._asdict()} if isinstance(data, Message) else {"value": data}
        # The only value that JSON does not know is the time of a message that is given out later.
        return json.dumps(value, default=datetime.isoformat).encode()

    def _deserialize(self, data: bytes) -> Any:
        value = json.loads(bytes(data))
        if "message" not in value:
            return value["value"]
        message = Message(**value["message"])
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message


class LeanHuey(Huey):  # type: ignore[misc]
    """A Huey that keeps no results and knows no revocations; `use` gives it a storage once there is a database."""

    storage: Any

    def __init__(self, name: str) -> None:
        super().__init__(name, results=False, storage_class=BlackHoleStorage, serializer=JSONSerializer())

    def use(self, storage: LedgerStorage) -> None:
        """Keep messages in `storage` from now on."""
        self.storage.close()
        self.storage = storage

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Never: a run is stopped in the ledger (R44); asking Huey's own store would cost a query for each task."""
        return False

    def delete(self, key: str) -> bool:
        """Do nothing: nothing is ever revoked, so there is no revocation to clear after each task."""
        return False

    def enqueue_in(self, task: Any, seconds: float) -> None:
        """Write a message that is given out in so many seconds: along with the open transaction, if there is one."""
        # Huey compares naive times in UTC.
        task.eta = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=seconds)
        self.add_schedule(task)


def arguments_of(data: bytes) -> tuple[Any, ...]:
    """Return the arguments of a stored message."""
    return tuple(json.loads(bytes(data))["message"]["args"])
