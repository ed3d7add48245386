"""A PEM file with certificate and private key, and everything that people upload instead (R75)."""

import traceback
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from ops_admin.credentials.certificates import Defect, UnusableCertificate, read_key_pair
from ops_admin.credentials.labels import DEFECTS
from tests.support.certificates import PASSPHRASE, certificate_pem, elliptic_key, key_pem, pem, rsa_key

CERTIFICATE, KEY = certificate_pem(), key_pem()


def defect_of(data: bytes, passphrase: str | None = None) -> Defect:
    with pytest.raises(UnusableCertificate) as caught:
        read_key_pair(data, passphrase)
    return caught.value.defect


@pytest.mark.parametrize("data", [CERTIFICATE + KEY, KEY + CERTIFICATE, f"Bag Attributes\n{KEY}\n\n{CERTIFICATE}"])
def test_certificate_and_key_are_read_in_any_order(data: str) -> None:
    pair = read_key_pair(data.encode())
    parsed = x509.load_pem_x509_certificate(CERTIFICATE.encode())
    assert pair.certificate == CERTIFICATE
    assert pair.thumbprint == parsed.fingerprint(SHA256()).hex().upper()
    assert timedelta(days=364) < pair.expires_at - datetime.now(UTC) < timedelta(days=366)


def test_windows_line_endings_do_not_matter() -> None:
    assert read_key_pair((CERTIFICATE + KEY).replace("\n", "\r\n").encode()).certificate == CERTIFICATE


@pytest.mark.parametrize("old", [False, True])
def test_an_encrypted_key_is_opened_and_kept_without_its_passphrase(old: bool) -> None:
    data = (CERTIFICATE + key_pem(passphrase=PASSPHRASE, old=old)).encode()
    assert read_key_pair(data, PASSPHRASE).private_key == KEY
    assert defect_of(data) is Defect.PASSPHRASE_MISSING
    assert defect_of(data, "wrong") is Defect.PASSPHRASE_WRONG


def test_of_a_chain_the_certificate_of_the_key_is_taken() -> None:
    other = certificate_pem(key=rsa_key(2))
    assert read_key_pair((other + CERTIFICATE + KEY).encode()).certificate == CERTIFICATE


def test_of_two_certificates_for_the_key_the_one_that_lasts_longer_is_taken() -> None:
    renewed = certificate_pem(days=700)
    assert read_key_pair((CERTIFICATE + renewed + KEY).encode()).certificate == renewed


def pkcs12() -> bytes:
    certificate = x509.load_pem_x509_certificate(CERTIFICATE.encode())
    return serialize_key_and_certificates(b"x", rsa_key(), certificate, None, BestAvailableEncryption(b"secret"))


UNUSABLE: list[tuple[bytes, Defect]] = [
    (b"", Defect.EMPTY),
    (b" \n", Defect.EMPTY),
    (b"x" * 70_000, Defect.TOO_LARGE),
    (b"-----BEGIN A-----" * 3_000, Defect.TOO_LARGE),
    (pkcs12(), Defect.BINARY),
    (x509.load_pem_x509_certificate(CERTIFICATE.encode()).public_bytes(Encoding.DER), Defect.BINARY),
    (b"what is this?", Defect.NOT_PEM),
    (CERTIFICATE.encode(), Defect.NO_KEY),
    (KEY.encode(), Defect.NO_CERTIFICATE),
    ((CERTIFICATE + KEY + key_pem(rsa_key(2))).encode(), Defect.SEVERAL_KEYS),
    ((CERTIFICATE + key_pem(rsa_key(2))).encode(), Defect.MISMATCH),
    ((certificate_pem(key=elliptic_key()) + key_pem(elliptic_key())).encode(), Defect.NOT_RSA),
    ((certificate_pem(key=rsa_key(bits=1024)) + key_pem(rsa_key(bits=1024))).encode(), Defect.SHORT_KEY),
    ((CERTIFICATE + KEY.replace("MII", "MIX", 1)).encode(), Defect.UNREADABLE_KEY),
    ((CERTIFICATE.replace("MII", "MIX", 1) + KEY).encode(), Defect.UNREADABLE_CERTIFICATE),
]


@pytest.mark.parametrize(("data", "defect"), UNUSABLE, ids=[str(number) for number in range(len(UNUSABLE))])
def test_each_defect_has_its_own_name(data: bytes, defect: Defect) -> None:
    assert defect_of(data) is defect


def test_every_defect_is_explained() -> None:
    assert set(DEFECTS) == set(Defect)


@pytest.mark.parametrize(("days", "starts", "defect"), [(-1, -10, Defect.EXPIRED), (10, 1, Defect.NOT_YET_VALID)])
def test_dates_are_checked_only_when_asked(days: int, starts: int, defect: Defect) -> None:
    pair = read_key_pair((certificate_pem(days, starts=starts) + KEY).encode())
    with pytest.raises(UnusableCertificate) as caught:
        pair.check_dates(datetime.now(UTC))
    assert caught.value.defect is defect
    read_key_pair(pem()).check_dates(datetime.now(UTC))


def test_neither_key_nor_passphrase_is_in_a_text_that_could_be_logged() -> None:
    body = KEY.splitlines()[3]
    assert body not in repr(read_key_pair(pem()))
    damaged = CERTIFICATE + KEY.replace("MII", "MIX", 1)
    for data, passphrase in ((damaged, None), (CERTIFICATE + key_pem(passphrase=PASSPHRASE), "mistyped")):
        with pytest.raises(UnusableCertificate) as caught:
            read_key_pair(data.encode(), passphrase)
        said = "".join(traceback.format_exception(caught.value))
        assert (body in said, PASSPHRASE in said, "mistyped" in said) == (False, False, False)
