"""What others may hear of a run, and how they subscribe (wired in the composition root, never by an import)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ops_admin.runs.ledger import Run
    from ops_admin.runs.remarks import Remark


@dataclass(frozen=True)
class RunEvent:
    """A change of a run; `run` is the row as this change left it."""

    run: "Run"


class RunEnqueued(RunEvent):
    """A run was created."""


class RunProgressed(RunEvent):
    """A run was claimed, moved on, or was asked to stop."""


class RunBeat(RunEvent):
    """The worker of a run gave a sign of life; nothing else of the run changed."""


@dataclass(frozen=True)
class RunCompleted(RunEvent):
    """A run reached its terminal status; `followed_by` says what was started because of that, in the same moment."""

    followed_by: "Remark | None" = None


Event = TypeVar("Event", bound=RunEvent)
Subscriber = Callable[[RunEvent], None]

_after_commit: dict[type[RunEvent], list[Subscriber]] = {}
_in_transaction: dict[type[RunEvent], list[Subscriber]] = {}


def subscribe(kind: type[RunEvent], subscriber: Subscriber) -> None:
    """Call `subscriber` for each event of `kind` after the commit that it reports (R24)."""
    _add(_after_commit, kind, subscriber)


def subscribe_in_transaction(kind: type[RunEvent], subscriber: Subscriber) -> None:
    """Call `subscriber` inside the transaction of the change; what it raises undoes the change (R28)."""
    _add(_in_transaction, kind, subscriber)


def unsubscribe(kind: type[RunEvent], subscriber: Subscriber) -> None:
    """Undo `subscribe` and `subscribe_in_transaction`."""
    for registry in (_after_commit, _in_transaction):
        if subscriber in registry.get(kind, []):
            registry[kind].remove(subscriber)


def _add(registry: dict[type[RunEvent], list[Subscriber]], kind: type[RunEvent], subscriber: Subscriber) -> None:
    # An application may be made more than once in a process; its subscribers are told once all the same.
    subscribers = registry.setdefault(kind, [])
    if subscriber not in subscribers:
        subscribers.append(subscriber)


def tell_in_transaction(event: RunEvent) -> None:
    """Tell those who write along; only `service` calls this."""
    for subscriber in _in_transaction.get(type(event), []):
        subscriber(event)


def tell(event: RunEvent) -> None:
    """Tell those who report what is committed; only `service` calls this."""
    for subscriber in _after_commit.get(type(event), []):
        subscriber(event)
