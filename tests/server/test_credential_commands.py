"""`ops-admin tenant credential …` and what `doctor` says of credentials, with a simulated login service (R53, R75)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.config import Settings
from ops_admin.credentials import storage
from ops_admin.credentials.queries import find_candidate, find_current
from ops_admin.infra.database import db
from tests.credentials.given import SECRET, a_certificate, a_secret, in_days, use
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.application import dispose, make_app
from tests.support.certificates import APPLICATION, PASSPHRASE, certificate_pem, key_pem
from tests.support.environment import console_environment
from tests.support.factories import make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough, because the commands use what is tested on both."""
    return sqlite_url


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = make_app(settings)
    with app.app_context():
        yield app
    dispose(app)


@pytest.fixture
def contoso(app: Flask) -> Tenant:
    return make_tenant(name="Contoso", external_id=CONTOSO)


@dataclass
class Command:
    """Runs `ops-admin …`; what it asks for is given on standard input."""

    environment: dict[str, str]

    def __call__(self, *words: str, said: str = "", expect: int = 0) -> Result:
        result = CliRunner(env=self.environment).invoke(main, words, input=said)
        db.session.rollback()
        assert result.exit_code == expect, result.output
        return result

    def set(self, *words: str, said: str = f"{SECRET}\n", expect: int = 0) -> Result:
        return self(
            "tenant", "credential", "set", CONTOSO, "--client-id", APPLICATION, *words, said=said, expect=expect
        )

    def doctor(self, *, expect: int = 1) -> str:
        return self("doctor", expect=expect).stdout


@pytest.fixture
def ops_admin(contoso: Tenant, database_url: str, tmp_path: Path, simulator: Simulator) -> Command:
    where = {"OPS_ADMIN_GRAPH_URL": simulator.url, "OPS_ADMIN_LOGIN_URL": simulator.url}
    return Command(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url, **where))


def test_a_secret_that_gets_a_token_is_used_at_once(ops_admin: Command, contoso: Tenant) -> None:
    assert "Contoso now uses its own application" in ops_admin.set("--expires", "2040-01-31").stdout
    current = find_current(contoso.id)
    assert current is not None
    assert (current.kind, storage.open_sealed(contoso.id, current.id).secret) == ("secret", SECRET)
    shown = ops_admin("tenant", "credential", "show", CONTOSO).stdout
    assert "Client secret, expires on 2040-01-31" in shown
    document = json.loads(ops_admin("tenant", "credential", "show", CONTOSO, "--json").stdout)
    assert document["expires_at"] == "2040-01-31T23:59:59+00:00"
    assert SECRET not in shown + str(document)


def test_a_certificate_with_a_passphrase_is_used(
    ops_admin: Command, contoso: Tenant, simulator: Simulator, tmp_path: Path
) -> None:
    certificate, file = certificate_pem(), tmp_path / "contoso.pem"
    file.write_text(certificate + key_pem(passphrase=PASSPHRASE))
    simulator.control("PUT", "settings", certificates={APPLICATION: [certificate]})
    ops_admin.set("--certificate", str(file), said=f"{PASSPHRASE}\n")
    current = find_current(contoso.id)
    assert current is not None
    assert current.kind == "certificate"
    assert current.thumbprint is not None
    assert current.thumbprint in ops_admin("tenant", "credential", "show", CONTOSO).stdout


def test_one_that_is_refused_changes_nothing(ops_admin: Command, contoso: Tenant, simulator: Simulator) -> None:
    before = use(contoso, a_certificate())
    simulator.control("PUT", "settings", refused_secrets=[SECRET])
    result = ops_admin.set(expect=2)
    assert "did not accept the app's credentials" in result.stderr
    assert "Nothing was changed. (graph.unauthorized)" in result.stderr
    assert SECRET not in result.output
    assert (find_current(contoso.id), find_candidate(contoso.id)) == (before, None)


def test_after_removing_it_the_installations_is_used(ops_admin: Command, contoso: Tenant) -> None:
    use(contoso, a_secret())
    assert "The installation's credential is used" in ops_admin("tenant", "credential", "remove", CONTOSO).stdout
    assert "has no credential of its own" in ops_admin("tenant", "credential", "remove", CONTOSO, expect=2).stderr
    assert "the installation's is used" in ops_admin("tenant", "credential", "show", CONTOSO).stdout


def test_what_cannot_be_used_is_one_sentence(ops_admin: Command, contoso: Tenant, tmp_path: Path) -> None:
    def told(*words: str, said: str = f"{SECRET}\n") -> str:
        return ops_admin.set(*words, said=said, expect=2).stderr

    file = tmp_path / "contoso.pem"
    assert "--client-id: this is not an application id" in told("--client-id", "contoso")
    assert "--expires must be a date" in told("--expires", "soon")
    assert "--expires: the secret has expired" in told("--expires", "2020-01-01")
    assert "Client secret: give it on standard input" in told(said="")
    for text, said, complaint in (
        (certificate_pem(), "", "has no private key"),
        (certificate_pem(days=-1) + key_pem(), "", "has expired"),
        (certificate_pem() + key_pem(passphrase=PASSPHRASE), "mistyped\n", "Passphrase: The passphrase does not open"),
    ):
        file.write_text(text)
        assert complaint in told("--certificate", str(file), said=said)
    assert "--expires is for a client secret" in told("--certificate", str(file), "--expires", "2040-01-31")
    assert "There is no tenant" in ops_admin("tenant", "credential", "show", "nowhere", expect=2).stderr
    assert find_current(contoso.id) is None


def test_a_tenant_of_several_workspaces_needs_the_name_of_one(ops_admin: Command, contoso: Tenant) -> None:
    make_tenant(external_id=CONTOSO)
    assert "say with --workspace" in ops_admin.set(expect=2).stderr


def test_the_doctor_warns_before_a_credential_expires_and_names_whose(ops_admin: Command, contoso: Tenant) -> None:
    use(contoso, a_secret(in_days(60)))
    assert "ok  Credentials: none is known to expire within 30 days" in ops_admin.doctor()
    use(contoso, a_secret(in_days(20)))
    assert "??  Credentials: the client secret of Contoso expires on" in ops_admin.doctor()
    use(contoso, a_secret(in_days(-1)))
    told = ops_admin.doctor()
    assert "!!  Credentials: the client secret of Contoso expired on" in told
    assert f"replace it (`ops-admin tenant credential set {CONTOSO}`)" in told


def test_the_doctor_warns_of_the_installations(ops_admin: Command) -> None:
    ops_admin.environment["OPS_ADMIN_GRAPH_CLIENT_SECRET_EXPIRES"] = f"{in_days(3):%Y-%m-%d}"
    assert "??  Credentials: the client secret of the installation expires on" in ops_admin.doctor()


def test_the_doctor_tries_each_tenant_with_its_own(ops_admin: Command, contoso: Tenant, simulator: Simulator) -> None:
    assert "ok  Microsoft Graph: tokens for 1 tenant(s)" in ops_admin.doctor()
    use(contoso, a_secret())
    simulator.control("PUT", "settings", refused_secrets=[SECRET])
    assert "!!  Microsoft Graph: no token for Contoso (graph.unauthorized)" in ops_admin.doctor()


def test_the_doctor_asks_for_no_installations_credential_when_every_tenant_has_its_own(
    ops_admin: Command, contoso: Tenant
) -> None:
    ops_admin.environment["OPS_ADMIN_GRAPH_CLIENT_ID"] = ""
    assert "!!  Microsoft Graph: set OPS_ADMIN_GRAPH_CLIENT_ID" in ops_admin.doctor()
    use(contoso, a_secret())
    assert "ok  Microsoft Graph: tokens for 1 tenant(s)" in ops_admin.doctor()


def test_a_certificate_of_the_installation_that_cannot_be_used_is_one_sentence(
    ops_admin: Command, tmp_path: Path
) -> None:
    file = tmp_path / "console.pem"
    file.write_text(certificate_pem())
    ops_admin.environment |= {"OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE": str(file), "OPS_ADMIN_GRAPH_CLIENT_SECRET": ""}
    result = ops_admin("doctor", expect=2)
    assert result.stderr.startswith(f"Error: OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE: {file}: The file has no private key.")
