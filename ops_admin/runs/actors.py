"""Who starts a run from a page. A run is never attributed to System by accident."""

from ops_admin.access.current import get_current_user
from ops_admin.runs.ledger import Actor

# Context key of a System run that a person requested on the command line.
BY_HAND = "by_hand"


def current_actor() -> Actor:
    """Return the signed-in user as an actor, for start surfaces.

    Raises NotSignedIn, so a missing guard fails loudly instead of starting the run as System.
    """
    return Actor.user(get_current_user())
