"""Summary counts: known keys, non-negative whole numbers, nothing else (R6)."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.runs.counts import ALLOWED, normalise

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_valid_counts_are_kept_in_one_order() -> None:
    assert list(normalise({"failed": 1, "total": 3, "processed": 2})) == ["total", "processed", "failed"]


@pytest.mark.parametrize("value", [-1, 1.5, float("nan"), float("inf"), True, None, "many", "-3", [1], {"a": 1}, 2**60])
def test_what_is_no_count_is_dropped_with_a_log_line(value: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert normalise({"failed": value, "total": 1}) == {"total": 1}
    assert "failed" in caplog.text


def test_unknown_keys_are_dropped_without_logging_what_they_held(caplog: pytest.LogCaptureFixture) -> None:
    assert normalise({"password": "hunter2"}) == {}
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7.0, 7), (0, 0)])
def test_what_plainly_means_a_count_is_normalised(value: object, number: int) -> None:
    assert normalise({"total": value}) == {"total": number}


@given(st.dictionaries(st.sampled_from(ALLOWED) | st.text(max_size=8), anything) | anything)
def test_whatever_comes_in_only_counts_come_out(raw: object) -> None:
    counts = normalise(raw)
    assert set(counts) <= set(ALLOWED)
    assert all(type(number) is int and number >= 0 for number in counts.values())
    assert normalise(counts) == counts
