"""`ops-admin workspace|tenant|user …`: adding the first owner and everybody else, on both engines (R36, R53)."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.queries import User, find_tenant_by_external_id, find_user_by_email
from ops_admin.access.rights import rights_of
from ops_admin.auth.authentication import authenticate
from ops_admin.cli import main
from ops_admin.config import Settings
from ops_admin.infra.database import db
from tests.support.application import dispose, make_app
from tests.support.clients import ConsoleClient
from tests.support.environment import CONTOSO, FABRIKAM, console_environment

ADA, BEN = "ada@acme.example", "ben@acme.example"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = make_app(settings)
    with app.app_context():
        yield app
    dispose(app)


class Command:
    """Runs `ops-admin …`; the password is given on standard input."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *words: str, password: str = PASSWORD, expect: int = 0) -> Result:
        result = CliRunner(env=self.environment).invoke(main, words, input=f"{password}\n")
        db.session.rollback()  # so that what the command wrote is read
        assert result.exit_code == expect, result.output
        return result

    def refusal(self, *words: str, password: str = PASSWORD) -> str:
        return self(*words, password=password, expect=2).stderr

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)

    def add_tenant(self, directory_id: str = CONTOSO, name: str = "Contoso") -> Result:
        return self("tenant", "add", "--workspace", "Acme", "--name", name, directory_id)

    def add_user(self, email: str = ADA, role: str = "owner", *words: str) -> Result:
        return self("user", "add", email, "--name", "Somebody", "--workspace", "Acme", "--role", role, *words)


@pytest.fixture
def ops_admin(app: Flask, database_url: str, tmp_path: Path) -> Command:
    """The command line on a fresh database with the workspace Acme."""
    command = Command(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url))
    command("workspace", "add", "Acme")
    return command


def user_of(email: str) -> User:
    user = find_user_by_email(email)
    assert user is not None
    return user


def role_on(email: str, directory_id: str) -> Role | None:
    tenant = find_tenant_by_external_id(directory_id)
    assert tenant is not None
    return rights_of(user_of(email).id).tenants.get(tenant.id)


def test_a_workspace_a_tenant_and_its_owner_are_added(ops_admin: Command) -> None:
    assert "Nobody can see it yet" in ops_admin.add_tenant().stdout
    assert f"{ADA} is owner in Acme and on Contoso." in ops_admin.add_user().stdout
    assert authenticate(ADA, PASSWORD) == user_of(ADA)
    tenant = find_tenant_by_external_id(CONTOSO)
    assert tenant is not None
    assert all(rights_of(user_of(ADA).id).may(capability, tenant.id) for capability in Capability)


def test_the_order_does_not_matter_and_owners_own_what_is_added_later(ops_admin: Command) -> None:
    assert "on no tenant, for there is none yet" in ops_admin.add_user().stdout
    ops_admin.add_user(BEN, "operator")
    assert f"Owned by {ADA}" in ops_admin.add_tenant().stdout
    assert role_on(ADA, CONTOSO) is Role.OWNER
    assert role_on(BEN, CONTOSO) is None, "whom the owner lets in is the owner's choice"


def test_it_says_where_consent_is_given(ops_admin: Command) -> None:
    assert f"/{CONTOSO}/adminconsent?client_id=a-client-for-tests" in ops_admin.add_tenant().stdout
    ops_admin.environment["OPS_ADMIN_GRAPH_CLIENT_ID"] = ""
    assert "Set OPS_ADMIN_GRAPH_CLIENT_ID" in ops_admin.add_tenant(FABRIKAM, "Fabrikam").stdout


def test_doing_it_all_again_changes_nothing_and_says_so(ops_admin: Command) -> None:
    ops_admin.add_tenant()
    ops_admin.add_user()
    before = [ops_admin.json(*words) for words in (("workspace", "list"), ("tenant", "list"), ("user", "list"))]
    assert "There is a workspace Acme already; nothing was changed." in ops_admin("workspace", "add", "Acme").stdout
    assert "Acme has the tenant Contoso already; nothing was changed." in ops_admin.add_tenant(CONTOSO.upper()).stdout
    again = ("user", "add", ADA.upper(), "--name", "A", "--workspace", "Acme", "--role", "owner")
    assert "nothing was changed" in ops_admin(*again, password="another-horse-battery").stdout
    assert [ops_admin.json(*words) for words in (("workspace", "list"), ("tenant", "list"), ("user", "list"))] == before
    assert authenticate(ADA, PASSWORD)


def test_lists_say_what_there_is(ops_admin: Command) -> None:
    assert ops_admin("tenant", "list").stdout == "There are no tenants.\n"
    assert ops_admin("user", "list").stdout == "There are no users.\n"
    ops_admin.add_tenant()
    ops_admin.add_user()
    assert ops_admin.json("workspace", "list") == [{"name": "Acme", "tenants": 1}]
    assert ops_admin.json("tenant", "list") == [{"workspace": "Acme", "name": "Contoso", "directory_id": CONTOSO}]
    (user,) = ops_admin.json("user", "list")
    assert (user["email"], user["workspaces"]) == (ADA, [{"name": "Acme", "role": "owner"}])
    assert user["tenants"] == [{"name": "Contoso", "role": "owner"}]
    ops_admin.environment["COLUMNS"] = "120"
    assert re.search(f"{ADA} .* Acme: owner .* Contoso: owner", ops_admin("user", "list").stdout)


def test_the_doctor_says_that_nobody_can_sign_in_until_somebody_can(ops_admin: Command) -> None:
    assert "!!  People: nobody can sign in yet: `ops-admin workspace add`" in ops_admin("doctor", expect=1).stdout
    ops_admin.add_user()
    assert "ok  People: 1 can sign in" in ops_admin("doctor", expect=1).stdout


def test_a_role_can_be_given_on_chosen_tenants_only_and_changed(ops_admin: Command) -> None:
    ops_admin.add_tenant()
    ops_admin.add_tenant(FABRIKAM, "Fabrikam")
    ops_admin.add_user()
    ops_admin.add_user(BEN, "operator", "--tenant", FABRIKAM)
    assert (role_on(BEN, CONTOSO), role_on(BEN, FABRIKAM)) == (None, Role.OPERATOR)
    assert set(rights_of(user_of(BEN).id).workspaces.values()) == {Role.READONLY}
    ops_admin("user", "grant", BEN, "--workspace", "Acme", "--role", "manager")
    assert (role_on(BEN, CONTOSO), role_on(BEN, FABRIKAM)) == (Role.MANAGER, Role.MANAGER)


def test_the_last_owner_stays_owner(ops_admin: Command) -> None:
    ops_admin.add_tenant()
    ops_admin.add_user()
    told = ops_admin.refusal("user", "grant", ADA, "--workspace", "Acme", "--role", "readonly")
    assert "without an owner, so nothing was changed" in told
    assert role_on(ADA, CONTOSO) is Role.OWNER
    assert set(rights_of(user_of(ADA).id).workspaces.values()) == {Role.OWNER}


def test_a_new_password_ends_what_was_signed_in_with_the_old_one(ops_admin: Command, client: ConsoleClient) -> None:
    ops_admin.add_user()
    client.sign_in(ADA, PASSWORD)
    assert client.get("/operations").status_code == 200
    ops_admin("user", "password", ADA, password="another-horse-battery")
    assert client.get("/operations").status_code == 302
    client.sign_in(ADA, "another-horse-battery")


REFUSED = {
    "workspace add '  '": "is no name",
    "workspace add !!": "holds no letter and no digit",
    f"workspace add {'x' * 81}": "at most 80 characters; this one has 81",
    "workspace add ACME": "There is a workspace Acme already, and ACME would be the same",
    f"tenant add --workspace Nowhere --name C {CONTOSO}": "There is no workspace Nowhere. There are: Acme.",
    "tenant add --workspace Acme --name C contoso": "'contoso' is not a UUID, such as",
    f"tenant add --workspace Acme --name '' {CONTOSO}": "is no name",
    f"user add {BEN} --name B --workspace Nowhere --role owner": "There is no workspace Nowhere",
    f"user add {BEN} --name B --workspace Acme --role king": "'king' is not one of 'owner'",
    "user add ben --name B --workspace Acme --role owner": "'ben' is not an e-mail address",
    f"user add {BEN} --name '\x1b[1m' --workspace Acme --role owner": "is no name",
    f"user add {BEN} --name B --workspace Acme --role owner --tenant {CONTOSO}": "has no tenant",
    f"user grant {BEN} --workspace Acme --role owner": f"There is no user {BEN}.",
    f"user password {BEN}": f"There is no user {BEN}.",
}


def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(ops_admin: Command) -> None:
    for words, complaint in REFUSED.items():
        assert complaint in ops_admin.refusal(*shlex.split(words)), words
    assert ops_admin.json("user", "list") == []
    assert [each["name"] for each in ops_admin.json("workspace", "list")] == ["Acme"]


UNUSABLE = {"short": "at least 12", "x" * 1025: "more than 1024", "": "on standard input", "a" * 12 + "\a": "type"}


def test_a_password_that_cannot_be_used_is_refused(ops_admin: Command) -> None:
    words = ("user", "add", ADA, "--name", "Ada", "--workspace", "Acme", "--role", "owner")
    for password, complaint in UNUSABLE.items():
        told = ops_admin.refusal(*words, password=password)
        assert complaint in told
        assert not password or password not in told
    assert find_user_by_email(ADA) is None


def test_what_is_there_in_another_form_is_said_and_kept(ops_admin: Command) -> None:
    ops_admin.add_tenant()
    ops_admin.add_user()
    renamed = ("tenant", "add", "--workspace", "Acme", "--name", "Other", CONTOSO)
    assert f"Acme has the tenant {CONTOSO} already, as Contoso." in ops_admin.refusal(*renamed)
    other = ("user", "add", ADA, "--name", "Ada", "--workspace", "Acme", "--role", "readonly")
    assert "already, with other roles; nothing was changed" in ops_admin.refusal(*other)
    assert role_on(ADA, CONTOSO) is Role.OWNER
