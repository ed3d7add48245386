"""Hashing and verifying passwords with Argon2id (R38)."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_LENGTH = 1024

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return a salted Argon2id hash."""
    return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether `password` made `password_hash`; without a hash it takes as long and says no.

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
