"""Closes connections that have no business here any more, every few seconds, in a thread of the web process."""

import logging
import time
from datetime import datetime
from functools import partial

from ops_admin.access.queries import SignIn
from ops_admin.access.sessions import SIGN_IN_LIFETIME
from ops_admin.database import utcnow
from ops_admin.realtime.ending import end_sign_in
from ops_admin.realtime.managers import AnyManager

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 5
_IDLE_SECONDS = 10


class Sweeper:
    """Knows since when what is connected to this process has been there."""

    def __init__(self, manager: AnyManager) -> None:
        self._manager = manager
        self._sign_ins: dict[str, datetime] = {}
        self._without_socket: dict[str, float] = {}

    def remember(self, sign_in: SignIn) -> None:
        """Note a sign-in that has a socket in this process."""
        self._sign_ins[sign_in.id] = sign_in.created_at

    def run(self) -> None:
        """Sweep for ever."""
        while True:
            time.sleep(_PAUSE_SECONDS)
            self.sweep()

    def sweep(self) -> None:
        """Do everything once; what fails now is tried again the next time, and keeps nothing else from being done."""
        for step in (partial(self.end_sign_ins, utcnow()), partial(self.close_idle, time.monotonic())):
            try:
                step()
            except Exception:
                log.exception("a sweep of the sockets failed")

    def end_sign_ins(self, now: datetime) -> None:
        """End the sockets of a sign-in that has lasted as long as one may: its pages are refused then, too."""
        for sign_in_id, begun_at in list(self._sign_ins.items()):
            if begun_at <= now - SIGN_IN_LIFETIME:
                del self._sign_ins[sign_in_id]
                end_sign_in(sign_in_id)

    def close_idle(self, now: float) -> None:
        """Close connections without an accepted socket: each holds threads, and anybody may open one.

        `now` is in seconds of a monotonic clock.
        """
        connections = dict(self._manager.server.eio.sockets)
        idle = {each for each in connections if self._manager.sid_from_eio_sid(each, "/") is None}
        self._without_socket = {each: self._without_socket.get(each, now) for each in idle}
        for each, since in self._without_socket.items():
            if now - since >= _IDLE_SECONDS:
                connections[each].close(wait=False)
