"""How a section reports its progress, and can be stopped."""

from collections.abc import Callable
from dataclasses import dataclass

Step = Callable[[int, int], None]
"""Called after each batch with the number of records read, and of unreadable ones; may raise to stop."""


@dataclass(frozen=True)
class Cut:
    """How many entries a report lists, and how many there are; the report says what it leaves out."""

    listed: int
    total: int

    @property
    def more(self) -> int:
        """The number of entries that only the files have."""
        return self.total - self.listed
