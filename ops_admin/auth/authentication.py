"""Verifying e-mail address and password (R38)."""

from ops_admin.access.queries import User, find_password_hash, find_user_by_email
from ops_admin.auth.passwords import matches


def authenticate(email: str, password: str) -> User | None:
    """Return the user with that e-mail address and password, or None.

    Unknown, disabled and mistyped accounts take the same time and give the same answer.
    """
    user = find_user_by_email(email)
    password_hash = find_password_hash(user.id) if user else None
    return user if matches(password, password_hash) else None
