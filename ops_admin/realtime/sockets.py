"""Which sockets are accepted, and which rooms they join; a client can ask for nothing (R25)."""

import logging
import weakref
from typing import Any

from flask import Flask, current_app, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import disconnect, join_room

from ops_admin.access.current import current_sign_in
from ops_admin.access.queries import find_sign_in
from ops_admin.access.rights import rights_of
from ops_admin.auth.sessions import SIGN_IN_LIFETIME
from ops_admin.infra.adapters.socketio_managers import AnyManager, LocalManager, SharedManager
from ops_admin.infra.database import db, utcnow
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.infra.extensions import socketio
from ops_admin.realtime import rooms
from ops_admin.realtime.connection_limit import ConnectionLimit
from ops_admin.realtime.events import push_unheard
from ops_admin.realtime.other_processes import NoOthers, RedisChannel
from ops_admin.realtime.socket_reaper import SocketReaper
from ops_admin.telemetry import metrics

log = logging.getLogger(__name__)

# Our pages send nothing after the handshake, so anything large is not from them.
_MAX_MESSAGE_BYTES = 10_000
# If a network drops everything, both sides notice after the sum of the two. With the defaults, a page would call
# itself live for another 45 seconds.
_SECONDS_BETWEEN_PINGS = 10
_SECONDS_TO_ANSWER_A_PING = 10
# Tells a page that it needs neither a new sign-in nor the fallback, but should wait (static/js/realtime.js).
_AWAY = ("the database is away", {"away": "database"})
_REAPER = "ops_admin.realtime.reaper"
_CONNECTION_LIMIT = "ops_admin.realtime.connection_limit"


def bind(app: Flask) -> None:
    """Serve sockets: the websocket transport only (no sticky sessions needed), from our own origin only."""
    manager = _make_manager(app.config["SETTINGS"].redis_url)
    socketio.init_app(
        app,
        async_mode="threading",
        client_manager=manager,
        transports=["websocket"],
        async_handlers=False,
        manage_session=False,
        max_http_buffer_size=_MAX_MESSAGE_BYTES,
        ping_interval=_SECONDS_BETWEEN_PINGS,
        ping_timeout=_SECONDS_TO_ANSWER_A_PING,
    )
    _count_sockets(manager)
    reaper = app.extensions[_REAPER] = SocketReaper(app, manager)
    limit = app.extensions[_CONNECTION_LIMIT] = ConnectionLimit(app, socketio.server, reaper)
    app.wsgi_app = limit  # type: ignore[method-assign]  # the documented way to add a middleware


def _make_manager(redis_url: str | None) -> AnyManager:
    if redis_url is None:
        return LocalManager(NoOthers())
    channel = RedisChannel(redis_url)
    manager = SharedManager(channel)
    channel.when_lost = manager.end_all
    channel.when_unheard = push_unheard.send
    return manager


def allow_sockets(app: Flask, most: int) -> None:
    """Limit `app` to that many sockets instead of the default."""
    limit: ConnectionLimit = app.extensions[_CONNECTION_LIMIT]
    limit.allow(most)


def _count_sockets(manager: AnyManager) -> None:
    # Weak, because metrics live as long as the process, and must not keep an application and its database open.
    known = weakref.ref(manager)

    def count() -> int:
        present = known()
        return len(present.connections()) if present is not None else 0

    metrics.sockets_connected.set_function(count)


@socketio.on("connect")  # type: ignore[untyped-decorator]  # flask_socketio carries no types
def accept(_: Any = None) -> None:
    """Join a signed-in user's socket to the rooms of what the user may see; refuse any other socket."""
    if current_app.extensions[_REAPER].database_is_away:
        raise Refused(*_AWAY)
    try:
        _join_rooms()
    except DATABASE_AWAY as error:
        raise Refused(*_AWAY) from error


def _join_rooms() -> None:
    sign_in = current_sign_in()
    if sign_in is None:
        raise Refused("sign in first")
    join_room(rooms.sign_in_room(sign_in.id))
    join_room(rooms.user_room(sign_in.user.id))
    # The rights are read only now, in a new snapshot. A right that ends later finds the socket in these two rooms; one
    # that ended before is read.
    db.session.rollback()
    if find_sign_in(sign_in.id, not_before=utcnow() - SIGN_IN_LIFETIME) is None:
        raise Refused("sign in first")
    opened = rooms.rooms_opened_by(rights_of(sign_in.user.id))
    for room in opened:
        join_room(room)
    # flask_socketio's own attribute of the request
    current_app.extensions[_REAPER].remember(request.sid, sign_in, opened)  # type: ignore[attr-defined]


@socketio.on("*")  # type: ignore[untyped-decorator]
def refuse(event: str, *_: Any) -> None:
    """End a socket that sends an event: none of our pages does."""
    log.warning("a socket sent %.40r and was ended", event)
    disconnect()
