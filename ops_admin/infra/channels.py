"""Lets one part of the console notify others without knowing them. `app.py` connects the subscribers (R85)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, ParamSpec

P = ParamSpec("P")


class Channel(Generic[P]):
    """A named list of subscribers, called in the order in which they were connected.

    An exception raised by a subscriber propagates from `send`. The `name` says whether subscribers are called inside a
    transaction or after its commit.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._subscribers: list[Callable[P, object]] = []

    def connect(self, subscriber: Callable[P, object]) -> None:
        """Call `subscriber` from now on. Connecting it again has no effect."""
        # A process may create more than one application.
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def disconnect(self, subscriber: Callable[P, object]) -> None:
        """Stop calling `subscriber`."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    @contextmanager
    def connected_to(self, subscriber: Callable[P, object]) -> Iterator[None]:
        """Call `subscriber` while the block runs."""
        self.connect(subscriber)
        try:
            yield
        finally:
            self.disconnect(subscriber)

    def send(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every subscriber."""
        for subscriber in list(self._subscribers):
            subscriber(*args, **kwargs)

    def ask(self, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        """Call every subscriber, and return the answers that are not None."""
        answers = [subscriber(*args, **kwargs) for subscriber in list(self._subscribers)]
        return [answer for answer in answers if answer is not None]

    @property
    def subscribers(self) -> tuple[Callable[P, object], ...]:
        """The connected subscribers, in order."""
        return tuple(self._subscribers)
