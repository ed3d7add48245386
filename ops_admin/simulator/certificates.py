"""Client assertions: a JWT that an application signs with the key of a certificate uploaded to it beforehand."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class AssertionRefused(Exception):
    """Entra refuses the assertion; `number` is the one of its AADSTS error."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


def check_assertion(form: Mapping[str, str], client_id: str, uploaded: Iterable[str]) -> None:
    """Raise AssertionRefused unless a valid certificate of the application has signed the assertion."""
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise AssertionRefused(50027, "JWT token is invalid or malformed.")
    head, claims, unsigned, signature = _parts(form["client_assertion"])
    certificate = _find_certificate(head, uploaded)
    if datetime.now(UTC) >= certificate.not_valid_after_utc:
        raise AssertionRefused(700027, "Client assertion failed signature validation: the key used is expired.")
    _check_signature(certificate, head, unsigned, signature)
    _check_claims(claims, client_id)


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        head, claims, signature = assertion.split(".")
        return json.loads(_decode(head)), json.loads(_decode(claims)), f"{head}.{claims}".encode(), _decode(signature)
    except ValueError as error:
        raise AssertionRefused(50027, "JWT token is invalid or malformed.") from error


def _find_certificate(head: Mapping[str, Any], uploaded: Iterable[str]) -> Certificate:
    named = str(head.get("x5t#S256", "")).rstrip("=")
    for pem in uploaded:
        certificate = load_pem_x509_certificate(pem.encode())
        thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).rstrip(b"=").decode()
        if hmac.compare_digest(named.encode(), thumbprint.encode()):
            return certificate
    raise AssertionRefused(
        700027, "The certificate with identifier used to sign the client assertion is not registered on application."
    )


def _check_signature(certificate: Certificate, head: Mapping[str, Any], unsigned: bytes, signature: bytes) -> None:
    key = certificate.public_key()
    try:
        if head.get("alg") != "PS256" or not isinstance(key, RSAPublicKey):
            raise InvalidSignature
        key.verify(signature, unsigned, PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH), SHA256())
    except InvalidSignature as error:
        raise AssertionRefused(700027, "Client assertion failed signature validation.") from error


def _check_claims(claims: Mapping[str, Any], client_id: str) -> None:
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise AssertionRefused(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    if not float(claims.get("exp", 0)) > time.time():
        raise AssertionRefused(700024, "Client assertion is not within its valid time range.")
    if not str(claims.get("aud", "")).endswith("/token"):
        raise AssertionRefused(700023, "Client assertion audience claim does not match Realm issuer.")


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
