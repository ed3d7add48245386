"""What others may hear of notifications (wired in the composition root, never by an import)."""

from collections.abc import Callable, Mapping

Subscriber = Callable[[int, Mapping[str, object]], None]

_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Call `subscriber(user_id, payload)` for each new notification, after the commit that wrote it (R24)."""
    # An application may be made more than once in a process; its subscribers are told once all the same.
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def tell(user_id: int, payload: Mapping[str, object]) -> None:
    """Tell those who report what is committed; only `writer` calls this."""
    for subscriber in _subscribers:
        subscriber(user_id, payload)
