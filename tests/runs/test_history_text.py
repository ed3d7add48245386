"""The timeline says in words why a run is where it is, with the codes beside them (R4, R7)."""

import pytest
from sqlalchemy import update

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import transaction, utcnow
from ops_admin.runs import codes, service
from ops_admin.runs.failures import explain
from ops_admin.runs.history import EventType, HistoryEvent, Transition
from ops_admin.runs.ledger import AWAITS_DECISION, Actor
from ops_admin.runs.models import DbOperationRunTransition
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.history_text import reason_of
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_running_run, make_tenant

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: wording does not depend on the engine."""
    return sqlite_url


def line(to_status: str, event: HistoryEvent | None, reason: str = "") -> Transition:
    return Transition("running", to_status, "pending", utcnow(), "worker", reason, event=event)


@pytest.mark.parametrize("code", [codes.WORKER_LOST, codes.WORKER_STOPPED, codes.DATABASE_AWAY, "graph.throttled"])
def test_a_code_is_explained_and_stands_beside_it(code: str) -> None:
    assert reason_of(line("completed", HistoryEvent.finished(code))) == (explain(code), code)
    assert explain(code)


@pytest.mark.parametrize("code", [codes.WORKER_STOPPED, codes.DATABASE_AWAY])
def test_what_was_requeued_is_not_told_to_be_started_again(code: str) -> None:
    text, tag = reason_of(line("queued", HistoryEvent(EventType.REQUEUED, {"code": code})))
    assert tag == code
    assert "start the run again" in text
    assert "Start it again" not in text


def test_another_attempt_says_why_the_last_one_failed() -> None:
    event = HistoryEvent(EventType.ATTEMPT_BEGUN, {"attempt": 2, "code": "graph.throttled"})
    expected = (f"Attempt 2. {explain('graph.throttled')}", "graph.throttled")
    assert reason_of(line("running", event)) == expected


@pytest.mark.parametrize("type_", EventType)
def test_every_event_can_be_shown_and_summed_up(type_: EventType) -> None:
    data = {"run_id": 7, "attempt": 2, "code": "graph.throttled", "seconds": 15, "revision": 3, "message": "why"}
    text, _ = reason_of(line("running", HistoryEvent(type_, data)))
    silent = {EventType.CREATED, EventType.PREPARED, EventType.CLAIMED, EventType.FINISHED}
    assert text or type_ in silent
    assert HistoryEvent(type_, data).summary or type_ in silent


def test_a_line_from_before_history_was_data_is_shown_as_it_was_written() -> None:
    old = line("running", None, "attempt 2 after graph.throttled")
    assert reason_of(old) == ("attempt 2 after graph.throttled", "")
    assert reason_of(line("completed", None, codes.WORKER_LOST)) == (explain(codes.WORKER_LOST), codes.WORKER_LOST)


def test_an_event_that_is_written_no_more_is_shown_as_it_was_written(client: ConsoleClient) -> None:
    """Editing a restore used to end its run as withdrawn. Such runs stay as they are."""
    tenant = make_tenant()
    client.sign_in(make_member(tenant, Role.OWNER).email)
    run = make_run(tenant, type="restore.execute", context={AWAITS_DECISION: True})
    service.request_cancel(run.id, Actor.worker("Ada"))
    old = {"event_type": "withdrawn", "reason": "its record was changed or discarded"}
    with transaction() as session:
        lines = DbOperationRunTransition
        session.execute(update(lines).where(lines.operation_run_id == run.id, lines.outcome == "cancelled").values(old))
    page = client.get(f"/operations/{run.id}").text
    assert "its record was changed or discarded" in page
    assert "Cancelled" in page


def test_the_page_of_a_run_tells_it_in_words(client: ConsoleClient) -> None:
    tenant = make_tenant()
    client.sign_in(make_member(tenant, Role.OWNER).email)
    run = make_running_run(tenant)
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("System"), event=HistoryEvent.finished(codes.WORKER_LOST))
    page = client.get(f"/operations/{run.id}").text
    assert f"<div>{explain(codes.WORKER_LOST)}</div>" in page
    assert f'<code class="run-step-code">{codes.WORKER_LOST}</code>' in page
