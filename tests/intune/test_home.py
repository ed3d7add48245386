"""The home page shows each tenant at a glance, with the same number of queries for any number of tenants."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User, Workspace
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.inventory.models import DbInventorySync
from ops_admin.runs.ledger import AWAITS_DECISION
from ops_admin.runs.states import Outcome
from tests.intune.making import make_policies
from tests.runs.test_monitoring import make_old
from tests.support.clients import ConsoleClient
from tests.support.factories import (
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_user,
    make_workspace,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def visitor(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(tenant, Role.READONLY))


def make_sync(tenant: Tenant, *failure_codes: str | None) -> None:
    """Store the last sync of one policy type for each code."""
    with transaction() as session:
        for number, code in enumerate(failure_codes):
            session.add(
                DbInventorySync(
                    tenant_id=tenant.id,
                    type=f"type{number}",
                    attempted_at=utcnow(),
                    attempted_run_id=1,
                    failure_code=code,
                )
            )


def make_tenants(workspace: Workspace, number: int) -> User:
    """Create a number of tenants and a user who may see all of them."""
    user = make_user()
    administration.add_member(user.id, workspace.id, Role.READONLY)
    with transaction():
        for each in range(number):
            made = make_tenant(workspace, name=f"Tenant number {each:03}")
            administration.grant_role(user.id, made.id, Role.READONLY)
    return user


def words_of(client: ConsoleClient, address: str = "/") -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).text.partition("<main")[2]).split())


def test_a_tenant_of_which_nothing_is_known_says_so(visitor: ConsoleClient) -> None:
    words = words_of(visitor)
    assert "Never synced" in words
    assert "None active" in words
    assert "None in 7 days" in words


def test_a_line_tells_policies_sync_operations_and_the_newest_failure(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_policies(tenant, 3)
    make_sync(tenant, None, "graph.forbidden")
    make_run(tenant)
    make_running_run(tenant)
    make_completed_run(tenant, outcome=Outcome.FAILED)
    newest = make_completed_run(tenant, type="directory.groups.sync", outcome=Outcome.FAILED)
    make_completed_run(tenant, outcome=Outcome.PARTIALLY_SUCCEEDED)
    page = visitor.get("/").text
    assert f'/tenants/{tenant.id}/policies">3</a>' in page
    assert "Not all types" in page
    assert "2 active" in page
    assert f'href="/operations/{newest.id}"' in page


def test_what_waits_for_a_decision_is_not_told_as_active(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_run(tenant, context={AWAITS_DECISION: True})
    assert "1 waiting for a decision" in words_of(visitor)
    assert "active" not in words_of(visitor)
    make_run(tenant)
    assert "1 active 1 waiting for a decision" in words_of(visitor)
    link = re.search(r'href="(/operations[^"]*state=awaiting)"', visitor.get("/").text.partition("<main")[2])
    assert link is not None
    listed = visitor.get(link[1].replace("&amp;", "&")).text.partition("</main")[0]
    assert len(re.findall("data-run-id", listed)) == 1


def test_a_sync_that_read_nothing_failed(visitor: ConsoleClient, tenant: Tenant) -> None:
    make_sync(tenant, "graph.forbidden")
    assert "Failed" in words_of(visitor)


def test_an_old_failure_is_no_news(visitor: ConsoleClient, tenant: Tenant) -> None:
    run = make_completed_run(tenant, outcome=Outcome.FAILED)
    make_old(run, created_at=utcnow() - timedelta(days=8))
    assert "None in 7 days" in words_of(visitor)


def test_what_belongs_to_others_is_counted_nowhere(visitor: ConsoleClient, tenant: Tenant) -> None:
    other = make_tenant(name="Fabrikam")
    make_running_run(other)
    make_policies(other, 2)
    assert "Fabrikam" not in words_of(visitor)
    assert "None active" in words_of(visitor)


def test_without_a_workspace_or_a_role_the_page_says_what_to_do(client: ConsoleClient, tenant: Tenant) -> None:
    sign_in(client, make_user())
    assert "You are not a member of any workspace" in words_of(client)
    client.post("/logout")
    sign_in(client, make_member(tenant, None))
    assert "You have no role on any tenant of this workspace yet" in words_of(client)


def test_few_tenants_need_no_search(visitor: ConsoleClient) -> None:
    assert "filter-q" not in visitor.get("/").text


def test_two_hundred_tenants_are_on_pages_and_can_be_searched(client: ConsoleClient) -> None:
    sign_in(client, make_tenants(make_workspace(), 120))
    names = [re.findall(r"Tenant number \d+(?= )", words_of(client, f"/?page={page}")) for page in (1, 2, 3)]
    assert [len(each) for each in names] == [50, 50, 20]
    assert len({name for page in names for name in page}) == 120
    assert words_of(client, "/?q=NUMBER+117").count("Tenant number") == 1
    assert "No tenant matches" in words_of(client, "/?q=nobody")
    for odd in ("0", "-1", "x", "99999999999", "4"):
        assert client.get(f"/?page={odd}").status_code == 200


def test_more_tenants_make_no_more_queries(client: ConsoleClient) -> None:
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    numbers = []
    for amount in (1, 40):
        sign_in(client, make_tenants(make_workspace(), amount))
        asked.clear()
        client.get("/")
        numbers.append(len([statement for statement in asked if statement.startswith("SELECT")]))
        client.post("/logout")
    assert numbers[0] == numbers[1]
