"""Messages for sign-ins with Microsoft and group searches that fail."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ops_admin.auth.microsoft.admission import Refusal
from ops_admin.graph.errors import CREDENTIAL_UNREADABLE, FORBIDDEN, THROTTLED, UNAUTHORIZED

FAILED = _l("Microsoft did not complete the sign-in. Try again; if it stays so, the server's log says why.")
CANCELLED = _l("The sign-in at Microsoft was cancelled.")
LOST = _l("This sign-in was begun in another window, was used already, or took too long. Please begin again.")
UNAVAILABLE = _l("Microsoft could not be reached. Try again in a moment.")
UNREADABLE = _l("The credentials of the application cannot be read. Whoever set them up has to enter them again.")
OTHER_DIRECTORY = _l("That account belongs to another directory. Choose one of this tenant.")
NOT_YOURS = _l("Sign in to the console again, then connect the tenant once more.")

NOT_ADMITTED = {
    Refusal.NO_ROLE: _l(
        "Microsoft knows you, but none of your groups grants a role here. Ask an owner of the tenant to add one."
    ),
    Refusal.DISABLED: _l("This account is disabled in the console."),
    Refusal.ADDRESS_TAKEN: _l(
        "There is an account with your address already. Sign in with its password, then connect a tenant with Microsoft"
        " on its access page: from then on both lead to the same account."
    ),
}


@dataclass(frozen=True)
class Problem:
    """Why a search failed; `reconnect` offers to sign in with Microsoft again."""

    text: str
    reconnect: bool = False


NOTHING_TYPED = Problem(_l("Type at least two letters of a group's name, or its whole id."))
NOT_CONNECTED = Problem(_l("Sign in with Microsoft to search this tenant's groups as yourself."), reconnect=True)
STALE_PAGE = Problem(_l("This list is too old to go on with. Search again."))
STORE_AWAY = Problem(_l("The console cannot reach the place where your sign-in is kept. Try again in a moment."))
_AWAY = Problem(
    _l("Microsoft Graph could not be reached, or gave an answer that cannot be used. Try again in a moment.")
)
_BY_CODE = {
    UNAUTHORIZED: Problem(
        _l("Your sign-in with Microsoft for this tenant has ended. Sign in again to go on."), reconnect=True
    ),
    FORBIDDEN: Problem(
        _l(
            "Your Microsoft account may not read this tenant's groups. An administrator of the tenant has to consent to"
            " Group.Read.All for this application; then sign in with Microsoft again."
        ),
        reconnect=True,
    ),
    CREDENTIAL_UNREADABLE: Problem(
        _l("The credentials of the application cannot be read. An owner can enter them again on the Credentials page.")
    ),
    THROTTLED: Problem(_l("Microsoft Graph asks to slow down. Try again in a minute.")),
}


def problem_of(code: str) -> Problem:
    """Return the message for a Graph error code."""
    return _BY_CODE.get(code, _AWAY)
