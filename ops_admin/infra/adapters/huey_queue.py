"""Huey without what the ledger does itself: results and revocations. Reading a message never executes code."""

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
    """Messages as JSON: a task name and a run id. Deserialising one must never execute anything."""

    def _serialize(self, data: Any) -> bytes:
        value = {"message": data._asdict()} if isinstance(data, Message) else {"value": data}
        # The only value that JSON lacks is the time of a delayed message.
        return json.dumps(value, default=datetime.isoformat).encode()

    def _deserialize(self, data: bytes) -> Any:
        value = json.loads(bytes(data))
        if "message" not in value:
            return value["value"]
        message = Message(**value["message"])
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message


class LeanHuey(Huey):  # type: ignore[misc]  # huey carries no types
    """A Huey without results and revocations. `use` sets its storage once there is a database."""

    storage: Any

    def __init__(self, name: str) -> None:
        super().__init__(name, results=False, storage_class=BlackHoleStorage, serializer=JSONSerializer())

    def use(self, storage: LedgerStorage) -> None:
        """Store messages in `storage` from now on."""
        self.storage.close()
        self.storage = storage

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Always False. Runs are stopped in the ledger (R44), and asking Huey's store would cost a query per task."""
        return False

    def delete(self, key: str) -> bool:
        """Do nothing. Tasks are never revoked, so there is no revocation to clear after each one."""
        return False

    def enqueue_in(self, task: Any, seconds: float) -> None:
        """Write a message to be delivered in `seconds`, in the open transaction if there is one."""
        # Huey compares naive times in UTC.
        task.eta = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=seconds)
        self.add_schedule(task)


def arguments_of(data: bytes) -> tuple[Any, ...]:
    """Return the arguments of a stored message."""
    return tuple(json.loads(bytes(data))["message"]["args"])
