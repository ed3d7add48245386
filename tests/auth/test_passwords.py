"""Passwords are stored only as Argon2id hashes, and their verification time reveals nothing (R38)."""

import time

import pytest

from ops_admin.auth.passwords import hash_password, matches


def test_a_password_matches_its_hash_and_no_other_does() -> None:
    password_hash = hash_password("correct horse")
    assert password_hash.startswith("$argon2id$")
    assert matches("correct horse", password_hash)
    assert not matches("correct horse ", password_hash)


def test_the_same_password_never_has_the_same_hash() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


@pytest.mark.parametrize("broken", ["", "plain text", "$argon2id$v=19$broken"])
def test_an_invalid_hash_matches_no_password(broken: str) -> None:
    assert not matches("correct horse", broken)


def test_a_check_without_an_account_takes_as_long() -> None:
    password_hash = hash_password("correct horse")
    assert not matches("wrong", None)  # the first one makes the hash that stands for nobody
    assert seconds(None) > seconds(password_hash) / 4


def seconds(password_hash: str | None) -> float:
    """Return the shortest of a few measurements, because the machine may be busy."""
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        matches("wrong", password_hash)
        took.append(time.perf_counter() - begin)
    return min(took)
