"""How a section says how far it has come, and where it hears that it should stop."""

from collections.abc import Callable
from dataclasses import dataclass

Step = Callable[[int, int], None]
"""Called after each batch with the records read, and how many of them could not be read; may raise to stop."""


@dataclass(frozen=True)
class Cut:
    """How many entries a report lists of how many there are: what is left out is said, never hidden."""

    listed: int
    total: int

    @property
    def more(self) -> int:
        """The entries that only the files hold."""
        return self.total - self.listed
