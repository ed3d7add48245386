"""What one part of the console tells others, without knowing them: `app.py` connects who listens (R85)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, ParamSpec

P = ParamSpec("P")


class Channel(Generic[P]):
    """A named list of subscribers, called in the order in which they were connected.

    What a subscriber raises, `send` raises. Whether that is inside a transaction or after its commit, the `name` says.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._subscribers: list[Callable[P, object]] = []

    def connect(self, subscriber: Callable[P, object]) -> None:
        """Call `subscriber` from now on; once for each message, however often it is connected."""
        # An application may be made more than once in a process.
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def disconnect(self, subscriber: Callable[P, object]) -> None:
        """Do not call `subscriber` any more."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    @contextmanager
    def connected_to(self, subscriber: Callable[P, object]) -> Iterator[None]:
        """Call `subscriber` as long as the block lasts."""
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
        """Call every subscriber, and return what they answer besides None."""
        answers = [subscriber(*args, **kwargs) for subscriber in list(self._subscribers)]
        return [answer for answer in answers if answer is not None]

    @property
    def subscribers(self) -> tuple[Callable[P, object], ...]:
        """Who is connected, in order."""
        return tuple(self._subscribers)
