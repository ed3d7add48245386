"""Who is signed in. The cookie carries a random token; the server knows which tokens still count (R38)."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import flask_login
from flask import Flask, has_request_context, session
from sqlalchemy import update

from ops_admin.access.group_memberships import record_memberships
from ops_admin.access.lifetimes import SIGN_IN_LIFETIME as SIGN_IN_LIFETIME
from ops_admin.access.models import DbSignIn
from ops_admin.access.queries import SignIn, User, find_sign_in, list_open_sign_ins
from ops_admin.access.signals import on_rights_changed as on_rights_changed
from ops_admin.access.signals import on_sign_out as on_sign_out
from ops_admin.access.signals import tell_signed_out
from ops_admin.infra.database import after_commit, transaction, utcnow
from ops_admin.infra.extensions import login_manager


class NotSignedIn(RuntimeError):
    """Something was asked that only a sign-in has."""


@dataclass(frozen=True)
class LoggedIn(flask_login.UserMixin):  # type: ignore[misc]  # the library has no types
    """What Flask-Login carries through a request."""

    token: str
    sign_in: SignIn

    @property
    def user(self) -> User:
        """Who it is."""
        return self.sign_in.user

    def get_id(self) -> str:
        """Return what goes into the cookie: the token, and nothing about the user."""
        return self.token


def init_app(app: Flask) -> None:
    """Bind Flask-Login to the application; the token is checked on every request, whatever the address."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    login_manager.user_loader(_load)


def current_user() -> User | None:
    """Return who is signed in on this request (or socket event), if anybody."""
    sign_in = current_sign_in()
    return sign_in.user if sign_in else None


def get_current_user() -> User:
    """Return who is signed in; raises NotSignedIn: behind a guard nobody else comes so far."""
    user = current_user()
    if user is None:
        raise NotSignedIn("this is for somebody who is signed in")
    return user


def current_sign_in() -> SignIn | None:
    """Return the sign-in of this request (or socket event)."""
    if not has_request_context() or not flask_login.current_user.is_authenticated:
        return None
    sign_in: SignIn = flask_login.current_user.sign_in
    return sign_in


def current_sign_in_key(purpose: str) -> bytes:
    """Return 32 bytes that only this browser's cookie can make: the server does not keep what they are made of.

    Raises NotSignedIn.
    """
    if current_sign_in() is None:
        raise NotSignedIn("a key belongs to a sign-in")
    token: str = flask_login.current_user.token
    return hmac.digest(token.encode(), purpose.encode(), "sha256")


def sign_in(user: User, group_grants: Iterable[int] = ()) -> SignIn:
    """Begin a sign-in for `user` in a session made new, so that a planted cookie is worth nothing.

    `group_grants` are the grants whose groups Microsoft just said hold the user; with a password nothing was said, so
    that roles by groups end (R47).
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
    """End the sign-in of this browser, on the server too: a copy of its cookie is dead from now on."""
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
            after_commit(partial(tell_signed_out, sign_in_id))


def _load(token: str) -> LoggedIn | None:
    found = find_sign_in(_hash(token), not_before=utcnow() - SIGN_IN_LIFETIME)
    return LoggedIn(token, found) if found else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
