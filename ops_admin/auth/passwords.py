"""Hashing and verifying passwords with Argon2id (R38)."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 1024

_hasher = PasswordHasher()


class UnusablePassword(ValueError):
    """The password is not acceptable; the message says why."""


def check_password(password: str) -> None:
    """Raise UnusablePassword for a password that is easy to guess, or longer than the sign-in form accepts.

    Length is the only criterion: rules about kinds of characters make passwords worse.
    """
    if len(password) < MIN_LENGTH:
        raise UnusablePassword(f"The password has to have at least {MIN_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise UnusablePassword(f"The password has more than {MAX_LENGTH} characters.")
    if not password.isprintable():
        raise UnusablePassword("The password holds a character that nobody can type.")


def hash_password(password: str) -> str:
    """Return a salted Argon2id hash."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether `password` matches `password_hash`. Without a hash it takes as long and returns False.

    An unknown account must not answer faster than a known one.
    """
    try:
        _hasher.verify(password_hash or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _hash_of_nobody() -> str:
    return hash_password(secrets.token_urlsafe())
