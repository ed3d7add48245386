"""Sign-ins: the cookie has a random token, and the database the hashes of valid tokens (R38)."""

import hashlib
import secrets
from collections.abc import Iterable
from functools import partial

import flask_login
from flask import Flask, session
from sqlalchemy import update

from ops_admin.access.current import LoggedIn, current_sign_in
from ops_admin.access.group_memberships import record_memberships
from ops_admin.access.lifetimes import SIGN_IN_LIFETIME as SIGN_IN_LIFETIME
from ops_admin.access.models import DbSignIn
from ops_admin.access.queries import SignIn, User, find_sign_in, list_open_sign_ins
from ops_admin.access.signals import signed_out
from ops_admin.infra.database import after_commit, transaction, utcnow
from ops_admin.infra.extensions import login_manager


def bind(app: Flask) -> None:
    """Set up Flask-Login; the token alone decides, whatever the client's address."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.user_loader(_load)


def sign_in(user: User, group_grants: Iterable[int] = ()) -> SignIn:
    """Start a sign-in for `user` in a new session, so that a cookie planted before is worthless.

    `group_grants` are the grants of groups that Microsoft has just reported. A sign-in with a password reports none,
    so it ends roles by group (R47).
    """
    sign_out()
    token = secrets.token_urlsafe(32)
    begun = SignIn(_hash(token), user, utcnow())
    with transaction() as db_session:
        db_session.add(DbSignIn(id=begun.id, user_id=user.id, created_at=begun.created_at))
        record_memberships(user.id, group_grants, begun.created_at)
    flask_login.login_user(LoggedIn(token, begun))
    return begun


def sign_out() -> None:
    """End the sign-in of this browser on the server, so that copies of its cookie stop working."""
    ending = current_sign_in()
    if ending is not None:
        _end([ending.id])
        flask_login.logout_user()
    session.clear()


def end_all_sign_ins(user_id: int) -> None:
    """End every sign-in of the user, in all browsers."""
    with transaction():
        _end(list_open_sign_ins(user_id))


def _end(sign_in_ids: list[str]) -> None:
    with transaction() as db_session:
        ending = DbSignIn.id.in_(sign_in_ids) & DbSignIn.ended_at.is_(None)
        db_session.execute(update(DbSignIn).where(ending).values(ended_at=utcnow()))
        for sign_in_id in sign_in_ids:
            after_commit(partial(signed_out.send, sign_in_id))


def _load(token: str) -> LoggedIn | None:
    found = find_sign_in(_hash(token), not_before=utcnow() - SIGN_IN_LIFETIME)
    return LoggedIn(token, found) if found else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
