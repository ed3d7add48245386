"""Reads a certificate with its private key from PEM. Pure; nothing here ever quotes what it read (R7)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificate

LARGEST_FILE = 64 * 1024
MOST_BLOCKS = 20
SHORTEST_KEY = 2048
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.+?-----END \1-----", re.S)
_DER_SEQUENCE = b"\x30"


class Defect(StrEnum):
    """Why a file cannot be used as a certificate."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BINARY = "binary"
    NOT_PEM = "not_pem"
    NO_KEY = "no_key"
    SEVERAL_KEYS = "several_keys"
    NO_CERTIFICATE = "no_certificate"
    PASSPHRASE_MISSING = "passphrase_missing"  # noqa: S105  # nosec  # the name of a defect
    PASSPHRASE_WRONG = "passphrase_wrong"  # noqa: S105  # nosec  # the name of a defect
    UNREADABLE_KEY = "unreadable_key"
    UNREADABLE_CERTIFICATE = "unreadable_certificate"
    NOT_RSA = "not_rsa"
    SHORT_KEY = "short_key"
    MISMATCH = "mismatch"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


class UnusableCertificate(ValueError):
    """The file cannot be used; `defect` says why. The message holds nothing of the file."""

    def __init__(self, defect: Defect) -> None:
        super().__init__(str(defect))
        self.defect = defect


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both as PEM, the key without a passphrase.

    `thumbprint` is SHA-256 in upper-case hex.
    """

    private_key: str = field(repr=False)
    certificate: str = field(repr=False)
    thumbprint: str
    valid_from: datetime
    expires_at: datetime

    def check_dates(self, now: datetime) -> None:
        """Raise UnusableCertificate if the certificate is not valid now."""
        if now >= self.expires_at:
            raise UnusableCertificate(Defect.EXPIRED)
        if now < self.valid_from:
            raise UnusableCertificate(Defect.NOT_YET_VALID)


def read_key_pair(data: bytes, passphrase: str | None = None) -> KeyPair:
    """Return the private key of a PEM file, and the certificate that belongs to it; raises UnusableCertificate.

    The file may hold a chain; the other certificates are ignored. Dates are not checked, see `KeyPair.check_dates`.
    """
    key = _read_key(_blocks(data), passphrase)
    certificate = _find_certificate(_blocks(data), key)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(
        private_key=private.decode(),
        certificate=certificate.public_bytes(Encoding.PEM).decode(),
        thumbprint=certificate.fingerprint(SHA256()).hex().upper(),
        valid_from=certificate.not_valid_before_utc.astimezone(UTC),
        expires_at=certificate.not_valid_after_utc.astimezone(UTC),
    )


def _blocks(data: bytes) -> list[tuple[str, bytes]]:
    if len(data) > LARGEST_FILE or data.count(b"-----BEGIN") > MOST_BLOCKS:
        raise UnusableCertificate(Defect.TOO_LARGE)
    if not data.strip():
        raise UnusableCertificate(Defect.EMPTY)
    found = [(match[1].decode(), match[0]) for match in _BLOCK.finditer(data)]
    if not found:
        raise UnusableCertificate(Defect.BINARY if data.startswith(_DER_SEQUENCE) else Defect.NOT_PEM)
    return found


def _read_key(blocks: list[tuple[str, bytes]], passphrase: str | None) -> RSAPrivateKey:
    keys = [block for label, block in blocks if label.endswith("PRIVATE KEY")]
    if len(keys) != 1:
        raise UnusableCertificate(Defect.SEVERAL_KEYS if keys else Defect.NO_KEY)
    is_encrypted = b"ENCRYPTED" in keys[0]
    if is_encrypted and not passphrase:
        raise UnusableCertificate(Defect.PASSPHRASE_MISSING)
    password = passphrase.encode("utf-8", "surrogateescape") if is_encrypted and passphrase else None
    try:
        key = load_pem_private_key(keys[0], password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause: a library's message may describe what it read.
        raise UnusableCertificate(Defect.PASSPHRASE_WRONG if is_encrypted else Defect.UNREADABLE_KEY) from None
    if not isinstance(key, RSAPrivateKey):
        raise UnusableCertificate(Defect.NOT_RSA)
    if key.key_size < SHORTEST_KEY:
        raise UnusableCertificate(Defect.SHORT_KEY)
    return key


def _find_certificate(blocks: list[tuple[str, bytes]], key: RSAPrivateKey) -> Certificate:
    try:
        found = [load_pem_x509_certificate(block) for label, block in blocks if label == "CERTIFICATE"]
        mine = [each for each in found if _public(each.public_key()) == _public(key.public_key())]
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableCertificate(Defect.UNREADABLE_CERTIFICATE) from None
    if not mine:
        raise UnusableCertificate(Defect.MISMATCH if found else Defect.NO_CERTIFICATE)
    return max(mine, key=lambda each: each.not_valid_after_utc)


def _public(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
