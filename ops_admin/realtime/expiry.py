"""Ends the sockets of a sign-in once that has lasted as long as one may: its pages are refused then, too."""

import time
from datetime import datetime

from ops_admin.access.queries import SignIn
from ops_admin.access.sessions import SIGN_IN_LIFETIME
from ops_admin.database import utcnow
from ops_admin.realtime.ending import end_sign_in

_LOOK_SECONDS = 60

_begun: dict[str, datetime] = {}


def remember(sign_in: SignIn) -> None:
    """Note a sign-in that has a socket in this process."""
    _begun[sign_in.id] = sign_in.created_at


def end_what_is_over(now: datetime) -> None:
    """End the sockets of sign-ins that began too long before `now`."""
    for sign_in_id, begun_at in list(_begun.items()):
        if begun_at <= now - SIGN_IN_LIFETIME:
            del _begun[sign_in_id]
            end_sign_in(sign_in_id)


def watch() -> None:
    """Look every minute, for ever; runs in a thread of the web process."""
    while True:
        time.sleep(_LOOK_SECONDS)
        end_what_is_over(utcnow())
