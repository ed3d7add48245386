"""Ends the sockets of users and sign-ins that have lost a right, on every web process (R25)."""

from ops_admin.infra.extensions import socketio
from ops_admin.realtime import rooms


def end_user(user_id: int) -> None:
    """End every socket of a user whose rights changed; the browsers reconnect with the current rights."""
    socketio.close_room(rooms.user_room(user_id))


def end_sign_in(sign_in_id: str) -> None:
    """End every socket of a sign-in that ended."""
    socketio.close_room(rooms.sign_in_room(sign_in_id))


def end_all() -> None:
    """Close every connection of this process, which is about to stop."""
    socketio.server.manager.end_all()
