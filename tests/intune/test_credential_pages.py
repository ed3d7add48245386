"""The page of a tenant's credentials: owners only, bad input beside its field, secrets never shown (R36, R38, R75)."""

import io
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.credentials import storage
from ops_admin.credentials.queries import find_candidate, find_current
from ops_admin.runs.queries import get_run
from tests.credentials.given import SECRET, a_certificate, a_secret, in_days, use
from tests.support.application import make_settings
from tests.support.certificates import APPLICATION, PASSPHRASE, certificate_pem, key_pem, pem, rsa_key
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, sign_in

pytestmark = pytest.mark.usefixtures("app_context")

BODY_OF_THE_KEY = key_pem().splitlines()[3]


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def owner(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(tenant, Role.OWNER))


def address(tenant: Tenant, more: str = "") -> str:
    return f"/tenants/{tenant.id}/credentials{more}"


def upload(data: bytes, **fields: str) -> Mapping[str, object]:
    file = (io.BytesIO(data), "console.pem")
    return {"client_id": APPLICATION, "kind": "certificate", "certificate": file, **fields}


def secret(**fields: str) -> Mapping[str, object]:
    return {"client_id": APPLICATION, "kind": "secret", "secret": SECRET, **fields}


def test_a_certificate_is_stored_and_its_check_is_queued(owner: ConsoleClient, tenant: Tenant) -> None:
    answer = owner.post(address(tenant), data=upload(pem(passphrase=PASSPHRASE), passphrase=PASSPHRASE))
    assert answer.status_code == 303
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert (candidate.kind, candidate.client_id, find_current(tenant.id)) == ("certificate", APPLICATION, None)
    assert get_run(1).inputs == {"credential": candidate.id}
    page = owner.get(answer.location).text
    assert all(text in page for text in ("Credential check", "View run", "Waiting for its check"))


def test_a_secret_is_stored_with_the_date_that_was_stated(owner: ConsoleClient, tenant: Tenant) -> None:
    assert owner.post(address(tenant), data=secret(secret_expires="2040-01-31")).status_code == 303
    candidate = find_candidate(tenant.id)
    assert candidate is not None
    assert candidate.expires_at is not None
    assert candidate.expires_at.isoformat() == "2040-01-31T23:59:59+00:00"
    assert storage.open_sealed(tenant.id, candidate.id).secret == SECRET


def test_a_run_that_cannot_be_started_leaves_no_credential(
    owner: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops_admin.intune.credentials import views

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("the process dies here")

    monkeypatch.setattr(views, "start", die)
    with pytest.raises(RuntimeError):
        owner.post(address(tenant), data=secret())
    assert find_candidate(tenant.id) is None


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        (upload(certificate_pem().encode()), "certificate", "has no private key"),
        (upload(key_pem().encode()), "certificate", "has no certificate"),
        (upload((certificate_pem() + key_pem(rsa_key(2))).encode()), "certificate", "does not belong"),
        (upload(pem(days=-1)), "certificate", "has expired"),
        (upload(b"\x30\x82\x0a\xff"), "certificate", "openssl pkcs12"),
        (upload(pem(passphrase=PASSPHRASE)), "passphrase", "Enter its passphrase"),
        (upload(pem(passphrase=PASSPHRASE), passphrase="mistyped"), "passphrase", "does not open"),
        ({"client_id": APPLICATION, "kind": "certificate"}, "certificate", "Choose a file"),
        ({"client_id": APPLICATION, "kind": "certificate", "certificate": "text"}, "certificate", "Choose a file"),
        (secret(secret=""), "secret", "Enter the value"),
        (secret(secret=APPLICATION), "secret", "the id of the secret"),
        (secret(secret="x" * 501), "secret", "too long"),
        (secret(secret_expires="2020-01-01"), "secret_expires", "has expired"),
        (secret(secret_expires="soon"), "secret_expires", "Enter a date"),
        (secret(client_id="contoso"), "client_id", "Enter the application id"),
        (secret(kind="password"), "kind", "Not a valid choice"),
    ],
)
def test_bad_input_is_explained_beside_its_field_and_what_is_no_secret_is_kept(
    owner: ConsoleClient, tenant: Tenant, fields: dict[str, Any], field: str, said: str
) -> None:
    # A stream can be sent once, and the parameters are shared by both engines.
    sent = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    answer = owner.post(address(tenant), data=sent)
    assert answer.status_code == 422
    error = answer.text.partition(f'id="{field}-error"')[2].partition("</div>")[0]
    assert said in error
    assert fields["client_id"] in answer.text
    if fields["kind"] != "password":
        assert f'value="{fields["kind"]}" checked' in " ".join(answer.text.split())
    assert find_candidate(tenant.id) is None
    assert not any(text in answer.text for text in (SECRET, PASSPHRASE, "mistyped", BODY_OF_THE_KEY))


def test_no_page_shows_a_secret(owner: ConsoleClient, tenant: Tenant) -> None:
    use(tenant, a_secret())
    storage.propose(tenant.id, a_certificate(), "Ada")
    page = owner.get(address(tenant)).text
    assert "Waiting for its check" in page
    assert (SECRET in page, BODY_OF_THE_KEY in page) == (False, False)


def test_a_refused_credential_says_why_and_can_be_discarded(owner: ConsoleClient, tenant: Tenant) -> None:
    proposed = storage.propose(tenant.id, a_secret(), "Ada")
    storage.record_refusal(tenant.id, proposed, "graph.unauthorized", 1)
    page = owner.get(address(tenant)).text
    assert "Refused" in page
    assert "did not accept the app" in page
    owner.post(address(tenant, "/discard"))
    assert find_candidate(tenant.id) is None


def test_check_now_checks_the_one_that_waits_and_else_the_one_in_use(owner: ConsoleClient, tenant: Tenant) -> None:
    use(tenant, a_secret())
    owner.post(address(tenant, "/check"))
    proposed = storage.propose(tenant.id, a_secret(), "Ada")
    owner.post(address(tenant, "/check"))
    assert [get_run(number).inputs for number in (1, 2)] == [{}, {"credential": proposed}]


def test_after_removing_its_own_a_tenant_uses_the_installations(owner: ConsoleClient, tenant: Tenant) -> None:
    use(tenant, a_secret())
    assert "This tenant alone" in owner.get(address(tenant)).text
    owner.post(address(tenant, "/remove"))
    page = owner.get(address(tenant)).text
    assert "for all tenants without one of their own" in page
    assert "a-client-for-tests" in page


def test_the_log_says_who_took_a_credential_away(
    client: ConsoleClient, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    user = make_member(tenant, Role.OWNER)
    owner = sign_in(client, user)
    use(tenant, a_secret())
    storage.propose(tenant.id, a_secret(), "Ada")

    for deed in ("/discard", "/remove", "/remove"):
        owner.post(address(tenant, deed))

    said = [each.getMessage() for each in caplog.records if each.name.startswith("ops_admin.intune.credentials")]
    assert said == [
        f"user {user.id} discarded the new credential of tenant {tenant.id}",
        f"user {user.id} removed the credential of tenant {tenant.id}",
    ]


def test_without_any_credential_the_page_says_what_that_means(owner: ConsoleClient, tenant: Tenant, app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], graph_client_id=None)
    assert "Nothing can be read from this tenant" in owner.get(address(tenant)).text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATOR, Role.READONLY])
def test_only_owners_see_the_page_and_its_menu_entry(client: ConsoleClient, tenant: Tenant, role: Role) -> None:
    sign_in(client, make_member(tenant, role))
    assert client.get(address(tenant)).status_code == 403
    assert address(tenant) not in client.get(f"/tenants/{tenant.id}").text


def test_an_owner_finds_it_in_the_menu(owner: ConsoleClient, tenant: Tenant) -> None:
    assert f'href="{address(tenant)}"' in owner.get(f"/tenants/{tenant.id}").text


@pytest.mark.parametrize(("days", "tone"), [(31, None), (29, "warning"), (-1, "danger")])
def test_home_and_page_warn_in_time(owner: ConsoleClient, tenant: Tenant, days: int, tone: str | None) -> None:
    use(tenant, a_secret(in_days(days)))
    home, page = owner.get("/").text, owner.get(address(tenant)).text
    for text in (home, page):
        assert ("tone-warning" in text, "tone-danger" in text) == (tone == "warning", tone == "danger")
    assert ("The client secret of Contoso" in home) == (tone is not None)
    assert (f'href="{address(tenant)}"' in home) == (tone is not None)


def test_home_tells_whoever_cannot_replace_it_who_can(client: ConsoleClient, tenant: Tenant) -> None:
    sign_in(client, make_member(tenant, Role.READONLY))
    use(tenant, a_certificate(days=-1))
    home = client.get("/").text
    assert "The certificate of Contoso for Microsoft has expired." in home
    assert "An owner of the tenant can replace it." in home
    assert address(tenant) not in home


def test_home_names_the_installations_without_a_tenant(owner: ConsoleClient, app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], graph_secret_expires=in_days(3).date())
    home = owner.get("/").text
    assert "client secret for Microsoft expires on" in home
    assert "Whoever runs the console replaces it." in home


def test_home_names_the_rest_of_many_in_one_note(client: ConsoleClient, tenant: Tenant) -> None:
    member = make_member(tenant, Role.READONLY)
    for number in range(7):
        each = administration.add_tenant(tenant.workspace_id, str(uuid.uuid4()), f"Branch {number}")
        administration.grant_role(member.id, each.id, Role.READONLY)
        use(each, a_secret(in_days(number)))
    home = " ".join(sign_in(client, member).get("/").text.split())
    assert home.count("for Microsoft expires on") == 5
    assert "The credentials of 2 more tenants have expired or soon will: Branch 5, Branch 6." in home


def test_nobody_hears_of_a_tenant_that_they_may_not_see(owner: ConsoleClient) -> None:
    use(make_tenant(name="Fabrikam"), a_secret(in_days(-1)))
    assert "Fabrikam" not in owner.get("/").text
