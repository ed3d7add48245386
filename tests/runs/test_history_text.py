"""The timeline tells in words why a run is where it is; codes stand beside them (R4, R7)."""

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import utcnow
from ops_admin.runs import codes, service
from ops_admin.runs.failures import explain
from ops_admin.runs.ledger import Transition
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.reasons import reason_of
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_running_run, make_tenant

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Words do not depend on the engine."""
    return sqlite_url


def told(to_status: str, reason: str) -> tuple[str, str]:
    return reason_of(Transition("running", to_status, "pending", utcnow(), "worker", reason))


@pytest.mark.parametrize("code", [codes.WORKER_LOST, codes.WORKER_STOPPED, codes.DATABASE_AWAY, "graph.throttled"])
def test_a_code_is_explained_and_stands_beside_it(code: str) -> None:
    assert told("completed", code) == (explain(code), code)
    assert explain(code)


@pytest.mark.parametrize("code", [codes.WORKER_STOPPED, codes.DATABASE_AWAY])
def test_what_was_handed_back_is_not_told_to_be_started_again(code: str) -> None:
    text, tag = told("queued", code)
    assert tag == code
    assert "begins it again" in text
    assert "Start it again" not in text


def test_another_attempt_says_why_the_last_one_failed() -> None:
    text, code = told("running", "attempt 2 after graph.throttled")
    assert (text, code) == (f"Attempt 2. {explain('graph.throttled')}", "graph.throttled")


def test_what_is_no_code_is_told_as_it_stands() -> None:
    assert told("completed", "asked to stop") == ("asked to stop", "")


def test_the_page_of_a_run_tells_it_in_words(client: ConsoleClient) -> None:
    tenant = make_tenant()
    client.sign_in(make_member(tenant, Role.OWNER).email)
    run = make_running_run(tenant)
    service.finish(run.id, Outcome.FAILED, actor="System", reason=codes.WORKER_LOST)
    page = client.get(f"/operations/{run.id}").text
    assert f"<div>{explain(codes.WORKER_LOST)}</div>" in page
    assert f'<code class="run-step-code">{codes.WORKER_LOST}</code>' in page
