"""One presenter for toast, widget, notification and badge, so that they never disagree (R26, R28, R29, R31)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.infra.database import utcnow
from ops_admin.runs.ledger import Failure, Run
from ops_admin.runs.states import Outcome, Status, display_of
from ops_admin.runs.web import presenter
from tests.runs.operations import do_nothing, registered

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RUN = Run(
    id=7,
    workspace_id=1,
    tenant_id=2,
    user_id=3,
    initiator_name="Ada",
    type="test.operation",
    status="running",
    outcome="pending",
    run_identity_hash="x",
    revision=4,
    attempt=1,
    claim=1,
    created_at=NOW,
    updated_at=NOW,
    started_at=NOW,
    context={"secret": "never shown"},
    failures=(Failure("tenant.missing", "tenant 5 is gone"),),
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: wording does not depend on the engine."""
    return sqlite_url


@given(st.dictionaries(st.sampled_from(["total", "processed", "failed"]), st.integers(0, 2**53)))
def test_a_percent_is_between_0_and_100_or_not_said_at_all(counts: dict[str, int]) -> None:
    percent = presenter.percent_of(counts)
    sayable = counts.get("total", 0) > 0 and "processed" in counts
    assert (percent is not None) == sayable
    assert percent is None or 0 <= percent <= 100


@pytest.mark.parametrize(("processed", "percent"), [(0, 0), (1, 33), (3, 100), (4, 100)])
def test_a_percent_is_clamped_and_never_rounded_up(processed: int, percent: int) -> None:
    assert presenter.percent_of({"total": 3, "processed": processed}) == percent


def test_an_estimate_follows_the_pace_once_that_can_be_honest() -> None:
    run = replace(RUN, counts={"total": 100, "processed": 20})
    assert presenter.eta_seconds_of(run, NOW + timedelta(seconds=2)) is None
    assert presenter.eta_seconds_of(run, NOW + timedelta(seconds=10)) == 40


@pytest.mark.parametrize(
    "fields",
    [
        {"counts": {"total": 100, "processed": 1}},
        {"counts": {"total": 100, "processed": 100}},
        {"counts": {"processed": 20}},
        {"counts": {"total": 100, "processed": 20}, "attempt": 2},
        {"counts": {"total": 100, "processed": 20}, "claim": 3},
        {"counts": {"total": 100, "processed": 20}, "status": "completed", "outcome": "succeeded"},
    ],
)
def test_no_estimate_is_better_than_a_guess(fields: dict[str, object]) -> None:
    run = replace(RUN, **fields)  # type: ignore[arg-type]  # fields of Run
    assert presenter.eta_seconds_of(run, NOW + timedelta(minutes=1)) is None


def test_an_event_carries_the_widget_row_and_nothing_secret() -> None:
    payload = presenter.widget_row(RUN).payload()
    assert set(payload) == {
        "run_id", "revision", "tenant_id", "workspace_id", "label", "type", "status", "percent", "counts", "initiator",
        "started_at", "created_at", "completed_at", "eta_seconds", "url",
    }  # fmt: skip
    assert payload["created_at"] == "2026-05-04T12:00:00+00:00"
    assert "never shown" not in str(payload)
    assert "tenant 5" not in str(payload)


def test_every_surface_links_to_the_same_address_and_uses_the_same_label() -> None:
    with registered(do_nothing):
        row = presenter.widget_row(RUN)
        toasts = [presenter.toast_of(RUN, answer) for answer in ("created", "active", "recent", "failed")]
        notice = presenter.notification_text(replace(RUN, status="completed", outcome="failed"))
    assert {row.url, *(toast.url for toast in toasts)} == {"/operations/7"}
    assert {row.label, *(toast.title for toast in toasts)} == {"Test operation"}
    assert notice.title == "Test operation: Failed"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status": "queued"}, "Already queued"),
        ({"status": "queued", "context": {"awaits_decision": True}}, "Already queued: it waits for a decision"),
        ({}, "Already queued: it is running"),
        ({"cancel_requested_at": NOW}, "Already queued: it is stopping, as was asked"),
    ],
)
def test_a_toast_for_what_was_started_before_says_how_that_stands(fields: dict[str, object], message: str) -> None:
    run = replace(RUN, **fields)  # type: ignore[arg-type]  # fields of Run
    assert presenter.toast_of(run, "active").message == message


def test_a_toast_says_until_when_the_same_is_not_started_again() -> None:
    done = replace(RUN, status="completed", outcome="succeeded", completed_at=utcnow() - timedelta(minutes=4.5))
    with registered(do_nothing, cooldown=timedelta(minutes=15)):
        assert "again in 11 minutes" in presenter.toast_of(done, "recent").message
    with registered(do_nothing):
        assert "again in" not in presenter.toast_of(done, "recent").message


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ("", ""),
        ("Some of what has grown old could not be deleted", ""),
        ("Some of what has grown old could not be deleted; the server log says why (HTTP 403).", "HTTP 403"),
        ("Groups: Some of what has grown old could not be deleted; the server log says why.", "Groups"),
        ("sign-ins", "sign-ins"),
    ],
)
def test_what_an_explanation_says_is_not_said_twice(message: str, detail: str) -> None:
    assert presenter.failure_detail(Failure("housekeeping.sweep_failed", message)) == detail


def test_a_reason_that_nobody_explains_any_more_keeps_its_message() -> None:
    assert presenter.failure_detail(Failure("from.another.version", "What it said.")) == "What it said."


def test_an_operation_that_nobody_knows_any_more_is_called_that() -> None:
    assert presenter.widget_row(RUN).label == "Unknown operation"


@pytest.mark.parametrize(
    ("outcome", "level"),
    [("succeeded", "success"), ("partially_succeeded", "warning"), ("cancelled", "warning"), ("failed", "danger")],
)
def test_a_notice_has_the_level_of_the_outcome(outcome: str, level: str) -> None:
    assert presenter.notification_text(replace(RUN, status="completed", outcome=outcome)).level == level


def test_only_a_failed_run_speaks_of_its_failure_and_only_at_the_end() -> None:
    ended = replace(RUN, status="completed", counts={"total": 3, "processed": 3, "failed": 1})
    failed = presenter.notification_text(replace(ended, outcome="failed"))
    partial = presenter.notification_text(replace(ended, outcome="partially_succeeded"))
    assert failed.body == "3 of 3 processed, 1 failed. tenant 5 is gone"
    assert partial.body == "3 of 3 processed, 1 failed"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, None),
        ({"total": 0, "processed": 0}, "Nothing to do"),
        ({"total": 217, "processed": 217, "created": 12}, "217 of 217 processed, 12 created"),
        ({"items": 1}, "1 item"),
        ({"items": 2, "tenants": 1}, "2 items, 1 tenant"),
    ],
)
def test_a_summary_says_the_counts_in_one_line(counts: dict[str, int], text: str | None) -> None:
    assert presenter.summary_of(counts) == text


def test_a_badge_agrees_with_the_widget_on_every_pair() -> None:
    pairs = [(status, outcome) for status in [*Status, "failed", "odd"] for outcome in [*Outcome, "odd"]]
    for status, outcome in pairs:
        row = presenter.widget_row(replace(RUN, status=status, outcome=outcome))
        assert presenter.badge_of(status, outcome).display is row.status is display_of(status, outcome)
