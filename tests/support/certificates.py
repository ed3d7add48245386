"""Certificates made for a test, with a key that all tests of a process share: making keys is slow."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

APPLICATION = "3f2b1c9e-5a4d-4e6f-8a7b-9c0d1e2f3a4b"
PASSPHRASE = "open sesame"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int = 1, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One of several RSA keys."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def elliptic_key() -> ec.EllipticCurvePrivateKey:
    """A key of a kind that Entra does not take."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate_pem(days: float = 365, key: PrivateKey | None = None, starts: float = -1000) -> str:
    """A self-signed certificate that expires in so many days; no key."""
    key = key or rsa_key()
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "console")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=starts)).not_valid_after(now + timedelta(days=days))
    return builder.public_key(key.public_key()).sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def key_pem(key: PrivateKey | None = None, passphrase: str | None = None, *, old: bool = False) -> str:
    """A private key, encrypted if there is a passphrase; `old` is the form that begins with BEGIN RSA."""
    seal = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    form = PrivateFormat.TraditionalOpenSSL if old else PrivateFormat.PKCS8
    return (key or rsa_key()).private_bytes(Encoding.PEM, form, seal).decode()


def pem(days: float = 365, passphrase: str | None = None) -> bytes:
    """A file with certificate and key, as the console takes it."""
    return (certificate_pem(days) + key_pem(passphrase=passphrase)).encode()
