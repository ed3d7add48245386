"""Seals texts that are stored in the database, so that a copy of the database alone reveals nothing (R39, R75).

The key is derived from OPS_ADMIN_SECRET_KEY, which lies outside the database. Whoever replaces that key has to enter
the sealed texts again: they cannot be opened with another one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(ValueError):
    """The text was sealed with another key or for another purpose, or was changed."""


def seal(secret_key: str, purpose: str, text: str) -> str:
    """Return `text`, encrypted and authenticated. Only the same key and purpose open it."""
    return _fernet(secret_key, purpose).encrypt(text.encode()).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> str:
    """Return the text that was sealed; raises SealBroken."""
    try:
        return _fernet(secret_key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken(purpose) from error


def _fernet(secret_key: str, purpose: str) -> Fernet:
    # One key for each purpose, and none that signs cookies as well.
    derived = HKDF(SHA256(), 32, salt=None, info=f"ops_admin {purpose}".encode()).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
