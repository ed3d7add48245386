"""The installation's certificate comes from a file, and a file that cannot be used is named at the start (R75)."""

import os
from pathlib import Path

import pytest

from ops_admin.app import create_app
from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials.installation import expiry_of, read_certificate
from tests.support.certificates import PASSPHRASE, certificate_pem, key_pem, pem
from tests.support.environment import console_environment

CERTIFICATE = "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE"


def settings(folder: Path, data: bytes | None = None, **variables: str) -> Settings:
    file = folder / "console.pem"
    if data is not None:
        file.write_bytes(data)
    given = {CERTIFICATE: str(file), "OPS_ADMIN_GRAPH_CLIENT_SECRET": "", **variables}
    return Settings.from_env(console_environment(folder / "data", **given))


def test_people_can_sign_in_with_a_certificate_as_with_a_secret(tmp_path: Path) -> None:
    assert settings(tmp_path, pem()).signs_in_with_microsoft


def test_the_passphrase_is_a_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    data, name = pem(passphrase=PASSPHRASE), f"{CERTIFICATE}_PASSPHRASE"
    for given in ({name: PASSPHRASE}, {f"{name}_FILE": str(file)}):
        made = settings(tmp_path, data, **given)
        pair = read_certificate(made)
        assert pair is not None
        assert pair.private_key == key_pem()
        assert PASSPHRASE not in repr(made)


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"OPS_ADMIN_GRAPH_CLIENT_SECRET": "s"}, f"set either {CERTIFICATE} or OPS_ADMIN_GRAPH_CLIENT_SECRET"),
        ({f"{CERTIFICATE}_PASSPHRASE": "x", f"{CERTIFICATE}_PASSPHRASE_FILE": "y"}, "not both"),
        ({f"{CERTIFICATE}_PASSPHRASE_FILE": "/nowhere"}, f"{CERTIFICATE}_PASSPHRASE_FILE cannot be read: /nowhere"),
        ({"OPS_ADMIN_GRAPH_CLIENT_SECRET_EXPIRES": "soon"}, "OPS_ADMIN_GRAPH_CLIENT_SECRET_EXPIRES must be a date"),
    ],
)
def test_variables_that_contradict_each_other_are_named(
    tmp_path: Path, variables: dict[str, str], complaint: str
) -> None:
    with pytest.raises(InvalidSetting, match=complaint):
        settings(tmp_path, pem(), **variables)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, f"{CERTIFICATE}: .*console.pem cannot be read: No such file"),
        (certificate_pem().encode(), f"{CERTIFICATE}: .*has no private key"),
        (pem(passphrase=PASSPHRASE), f"{CERTIFICATE}_PASSPHRASE: .*is encrypted"),
        (b"\x30\x82", "openssl pkcs12"),
    ],
)
def test_the_console_does_not_start_with_a_file_that_cannot_be_used(
    tmp_path: Path, data: bytes | None, complaint: str
) -> None:
    made = settings(tmp_path, data)
    with pytest.raises(InvalidSetting, match=complaint):
        create_app(made)


def test_it_starts_with_an_expired_one_to_say_so(tmp_path: Path) -> None:
    made = settings(tmp_path, pem(days=-1))
    create_app(made)
    expires_at, pair = expiry_of(made), read_certificate(made)
    assert pair is not None
    assert expires_at == pair.expires_at


def test_a_renewed_file_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    made = settings(tmp_path, pem(days=10))
    before = expiry_of(made)
    settings(tmp_path, pem(days=700))
    os.utime(tmp_path / "console.pem", ns=(1, 1))
    after = expiry_of(made)
    assert before is not None
    assert after is not None
    assert after > before


def test_the_expiry_of_a_secret_is_the_stated_day_to_its_end(tmp_path: Path) -> None:
    variables = {CERTIFICATE: "", "OPS_ADMIN_GRAPH_CLIENT_SECRET": "s"}
    assert expiry_of(settings(tmp_path, None, **variables)) is None
    variables["OPS_ADMIN_GRAPH_CLIENT_SECRET_EXPIRES"] = "2031-05-09"
    stated = expiry_of(settings(tmp_path, None, **variables))
    assert stated is not None
    assert stated.isoformat() == "2031-05-09T23:59:59+00:00"
