"""The states of a run, how they are shown, and how counts decide the outcome."""

import pytest

from ops_admin.runs.states import Display, Outcome, Status, display_of, is_active, outcome_of


@pytest.mark.parametrize(
    ("status", "outcome", "shown"),
    [
        ("queued", "pending", Display.QUEUED),
        ("running", "pending", Display.RUNNING),
        ("completed", "succeeded", Display.COMPLETED),
        ("completed", "partially_succeeded", Display.PARTIAL),
        ("completed", "failed", Display.FAILED),
        ("completed", "cancelled", Display.CANCELLED),
        ("failed", "", Display.FAILED),
        ("failed", "succeeded", Display.FAILED),
        ("done", "failed", Display.FAILED),
        ("completed", "pending", Display.UNKNOWN),
        ("completed", "ok", Display.UNKNOWN),
        ("processing", "pending", Display.UNKNOWN),
        ("queued", "succeeded", Display.UNKNOWN),
        ("", "", Display.UNKNOWN),
    ],
)
def test_every_stored_pair_has_one_word(status: str, outcome: str, shown: Display) -> None:
    assert display_of(status, outcome) is shown


@pytest.mark.parametrize("pair", [("processing", "pending"), ("queued", "succeeded"), ("failed", "failed")])
def test_an_unknown_pair_is_never_active(pair: tuple[str, str]) -> None:
    assert not is_active(*pair)


def test_only_queued_and_running_are_active() -> None:
    active = {status for status in Status if is_active(status, Outcome.PENDING)}
    assert active == {Status.QUEUED, Status.RUNNING}


@pytest.mark.parametrize(
    ("counts", "failures", "outcome"),
    [
        ({}, 0, Outcome.SUCCEEDED),
        ({"processed": 5, "succeeded": 5}, 0, Outcome.SUCCEEDED),
        ({"succeeded": 3, "failed": 2}, 2, Outcome.PARTIALLY_SUCCEEDED),
        ({"succeeded": 3}, 1, Outcome.PARTIALLY_SUCCEEDED),
        ({"succeeded": 0, "failed": 2}, 0, Outcome.FAILED),
        ({"skipped": 3, "failed": 1}, 0, Outcome.FAILED),
        ({}, 1, Outcome.FAILED),
    ],
)
def test_the_end_follows_from_what_was_counted(counts: dict[str, int], failures: int, outcome: Outcome) -> None:
    assert outcome_of(counts, failures) is outcome
