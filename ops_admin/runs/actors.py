"""Who starts a run on a page. Nobody becomes System by an oversight."""

from ops_admin.access.current import get_current_user
from ops_admin.runs.ledger import Actor

# Where the context says that a person asked for a run of System at the command line.
BY_HAND = "by_hand"


def current_actor() -> Actor:
    """Return who is signed in, for start surfaces; raises NotSignedIn: a gap in a guard makes nobody System."""
    return Actor.user(get_current_user())
