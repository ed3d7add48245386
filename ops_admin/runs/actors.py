"""Who starts a run: somebody who is signed in, or System. Nobody becomes System by an oversight."""

from dataclasses import dataclass
from typing import Self

from ops_admin.access.current import get_current_user
from ops_admin.access.queries import User
from ops_admin.runs.ledger import Run

SYSTEM = "System"
# Where the context says that somebody asked for housekeeping, who at the command line is System all the same.
BY_HAND = "by_hand"


@dataclass(frozen=True)
class Actor:
    """Made by `user`, `system` or `starter_of`. `name` is kept with the run, whatever becomes of the user."""

    user_id: int | None
    name: str

    @classmethod
    def user(cls, user: User) -> Self:
        """A user; what they start is guarded by their rights."""
        return cls(user.id, user.display_name)

    @classmethod
    def system(cls) -> Self:
        """The schedule, housekeeping, and whoever has the server itself in hand; no guard asks for rights."""
        return cls(None, SYSTEM)

    @classmethod
    def starter_of(cls, run: Run) -> Self:
        """Whoever started `run`."""
        return cls(run.user_id, run.initiator_name)


def current_actor() -> Actor:
    """Return who is signed in, for start surfaces; raises NotSignedIn: a gap in a guard makes nobody System."""
    return Actor.user(get_current_user())
