"""Closes connections that may not stay, every few seconds, in a thread of the web process."""

import logging
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Flask

from ops_admin.access.queries import SignIn, standing_sign_ins
from ops_admin.access.rights import rights_of_each
from ops_admin.auth.sessions import SIGN_IN_LIFETIME
from ops_admin.infra.adapters.socketio_managers import AnyManager
from ops_admin.infra.database import utcnow
from ops_admin.realtime import rooms
from ops_admin.realtime.database_monitor import DatabaseMonitor
from ops_admin.realtime.events import reach_asked

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 5
# Shorter, because browsers wait only for its return.
_PAUSE_SECONDS_WITHOUT_DATABASE = 2
_IDLE_SECONDS = 10
# Reading the rights of thousands of users with hundreds of tenants takes seconds; it is then done less often.
_MOST_TIME_FOR_RIGHTS = 0.05
_LONGEST_PAUSE_OF_RIGHTS = 60


@dataclass(frozen=True)
class Holder:
    """The user of a socket, and the rooms of runs that it joined."""

    user_id: int
    rooms: frozenset[str]


class SocketReaper:
    """Knows who is connected to this process, and ends sockets without telling other processes.

    Each process checks its own sockets and does not depend on messages from others.
    """

    def __init__(self, app: Flask, manager: AnyManager) -> None:
        # Weak, because a thread of the process must not keep an application and its database open.
        self._app = weakref.ref(app)
        self._manager = manager
        self._monitor = DatabaseMonitor(app)
        self._reached_all: bool | None = None
        self._sign_ins: dict[str, datetime] = {}
        self._holders: dict[str, Holder] = {}
        self._rights_due = 0.0
        self._without_socket: dict[str, float] = {}

    @property
    def database_is_away(self) -> bool:
        """Whether the database failed to answer the last check."""
        return self._monitor.is_away

    def remember(self, sid: str, sign_in: SignIn, opened: frozenset[str]) -> None:
        """Record a socket of this process, its sign-in and the rooms of runs that it joined."""
        self._sign_ins[sign_in.id] = sign_in.created_at
        self._holders[sid] = Holder(sign_in.user.id, opened)
        if self._reached_all is None:
            self._reached_all = _reaches_all()

    def run(self) -> None:
        """Reap forever."""
        while True:
            time.sleep(_PAUSE_SECONDS_WITHOUT_DATABASE if self.database_is_away else _PAUSE_SECONDS)
            self.reap()

    def reap(self) -> None:
        """Do all checks once; a failing one delays no other and is tried again next time."""
        now = utcnow()
        self._run_each(
            self.end_all_without_database,
            partial(self.end_sign_ins, now),
            partial(self.close_idle, time.monotonic()),
        )
        if not self.database_is_away:
            self._run_each(
                partial(self.end_lost_sign_ins, now),
                self.end_changed_rights_when_due,
                self.end_all_when_reach_changes,
            )

    def _run_each(self, *steps: Callable[[], None]) -> None:
        for step in steps:
            try:
                step()
            except Exception:
                log.exception("a sweep of the sockets failed")

    def end_all_without_database(self) -> None:
        """End every socket if the database is down: nobody learns what happens then, and pages must say so (R27).

        Browsers try again, and are refused with that reason until it answers.
        """
        if not self._manager.connections() and not self.database_is_away:
            return
        if self._monitor.look() and self.database_is_away:
            self._manager.end_all()

    def end_sign_ins(self, now: datetime) -> None:
        """End the sockets of sign-ins that have lasted their full lifetime; their pages are refused as well."""
        for sign_in_id, begun_at in list(self._sign_ins.items()):
            if begun_at <= now - SIGN_IN_LIFETIME:
                del self._sign_ins[sign_in_id]
                self._end_sign_in(sign_in_id)

    def end_lost_sign_ins(self, now: datetime) -> None:
        """End the sockets of sign-ins that are no longer valid: without Redis no other process announces their end."""
        app, sign_ins = self._app(), list(self._sign_ins)
        known = {each for each in sign_ins if self._manager.sockets_in(rooms.sign_in_room(each))}
        for sign_in_id in self._sign_ins.keys() - known:
            del self._sign_ins[sign_in_id]
        if app is None or not known:
            return
        with app.app_context():
            lost = known - standing_sign_ins(known, now - SIGN_IN_LIFETIME)
        for sign_in_id in lost:
            self._end_sign_in(sign_in_id)

    def end_changed_rights_when_due(self) -> None:
        """End the sockets with changed rights, less often if that takes long enough to delay other work."""
        begun = time.monotonic()
        if begun < self._rights_due:
            return
        self.end_changed_rights()
        took = time.monotonic() - begun
        self._rights_due = begun + min(took / _MOST_TIME_FOR_RIGHTS, _LONGEST_PAUSE_OF_RIGHTS)

    def end_changed_rights(self) -> None:
        """End the sockets whose rooms differ from their users' rights; they reconnect with the current rights (R25).

        A change of rights is announced to all processes once, and some may miss it: if they cannot reach Redis, or if a
        command changes rights while a single process without Redis runs.
        """
        app, known = self._app(), self._present_holders()
        if app is None or not known:
            return
        with app.app_context():
            rights = rights_of_each({holder.user_id for holder in known.values()})
        opened = {user_id: rooms.rooms_opened_by(theirs) for user_id, theirs in rights.items()}
        for sid, holder in known.items():
            if holder.rooms != opened[holder.user_id]:
                self._manager.end_socket(sid)

    def _present_holders(self) -> dict[str, Holder]:
        # In this order, so that a socket that connects meanwhile is not taken for one that has left.
        known = dict(self._holders)
        present = self._manager.sockets_in(None)
        for sid in known.keys() - present:
            del self._holders[sid], known[sid]
        return known

    def end_all_when_reach_changes(self) -> None:
        """Let every browser reconnect when this process hears of everything again, or no longer does (R27).

        Its page then learns whether it is live.
        """
        app = self._app()
        if app is None or not reach_asked.subscribers:
            return
        if not self._manager.connections():
            self._reached_all = None  # read anew when the next browser connects
            return
        with app.app_context():
            before, self._reached_all = self._reached_all, _reaches_all()
        if before is not None and before != self._reached_all:
            log.warning("what is pushed %s everything that happens", "is again" if self._reached_all else "is not")
            self._manager.end_all()

    def _end_sign_in(self, sign_in_id: str) -> None:
        self._manager.end_room(rooms.sign_in_room(sign_in_id))

    def close_idle(self, now: float) -> None:
        """Close connections without an accepted socket: each holds threads, and anybody may open one.

        `now` is in seconds of a monotonic clock.
        """
        connections = self._manager.connections()
        idle = {each for each in connections if not self._manager.has_socket(each)}
        self._without_socket = {each: self._without_socket.get(each, now) for each in idle}
        for each, since in self._without_socket.items():
            if now - since >= _IDLE_SECONDS:
                connections[each].close(wait=False)


def _reaches_all() -> bool | None:
    answers = reach_asked.ask()
    return all(answers) if answers else None
