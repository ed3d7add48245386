"""Who is signed in on this request or socket event."""

import hmac
from dataclasses import dataclass

import flask_login
from flask import has_request_context

from ops_admin.access.queries import SignIn, User


class NotSignedIn(RuntimeError):
    """A sign-in is required."""


@dataclass(frozen=True)
class LoggedIn(flask_login.UserMixin):  # type: ignore[misc]  # the library has no types
    """Flask-Login's user object for one request."""

    token: str
    sign_in: SignIn

    @property
    def user(self) -> User:
        """The user who is signed in."""
        return self.sign_in.user

    def get_id(self) -> str:
        """Return the cookie's content: the token, and nothing about the user."""
        return self.token


def current_user() -> User | None:
    """Return the user who is signed in on this request or socket event, if any."""
    sign_in = current_sign_in()
    return sign_in.user if sign_in else None


def get_current_user() -> User:
    """Return the user who is signed in; raises NotSignedIn, which cannot happen behind a guard."""
    user = current_user()
    if user is None:
        raise NotSignedIn("this is for somebody who is signed in")
    return user


def current_sign_in() -> SignIn | None:
    """Return the sign-in of this request or socket event, if any."""
    if not has_request_context() or not flask_login.current_user.is_authenticated:
        return None
    sign_in: SignIn = flask_login.current_user.sign_in
    return sign_in


def current_sign_in_key(purpose: str) -> bytes:
    """Return 32 bytes derived from the token in this browser's cookie, which the server does not store.

    Raises NotSignedIn.
    """
    if current_sign_in() is None:
        raise NotSignedIn("a key belongs to a sign-in")
    token: str = flask_login.current_user.token
    return hmac.digest(token.encode(), purpose.encode(), "sha256")
