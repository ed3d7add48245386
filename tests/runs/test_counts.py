"""Summary counts: known keys, non-negative integers, nothing else (R6)."""

import logging
import math
from decimal import Decimal

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


NO_COUNTS: list[object] = [
    *(-1, -0.5, -3.7, float("nan"), float("inf"), float("-inf"), 2**60, 1e300, 10**400),
    *(True, False, None, [1], {"a": 1}, b"3", 3j),
    *(
        "many",
        "",
        " ",
        "-3",
        "-0.5",
        "+3",
        "NaN",
        "inf",
        "Infinity",
        "1e3",
        "0x10",
        "1_000",
        "1,5",
        "3.",
        ".5",
        "1.2.3",
    ),
    *("٣", "²", "9" * 17, "1" * 400, f"{2**53 + 2}.0", "3\n", "3 4"),
]


@pytest.mark.parametrize("value", NO_COUNTS, ids=lambda value: f"{value!r:.20}")
def test_what_is_no_count_is_dropped_with_a_log_line(value: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert normalise({"failed": value, "total": 1}) == {"total": 1}
    assert "failed" in caplog.text


def test_unknown_keys_are_dropped_without_logging_what_they_held(caplog: pytest.LogCaptureFixture) -> None:
    assert normalise({"password": "hunter2"}) == {}
    assert "hunter2" not in caplog.text


NUMBERS: list[tuple[object, int]] = [
    *((0, 0), (7, 7), (7.0, 7), (3.7, 3), (0.999, 0), (-0.0, 0), (2**53, 2**53)),
    *(("7", 7), ("2.0", 2), ("3.7", 3), ("0", 0), ("007", 7), ("0.999", 0), ("0." + "9" * 30, 0), (str(2**53), 2**53)),
]


@pytest.mark.parametrize(("value", "number"), NUMBERS)
def test_what_means_a_count_becomes_a_whole_number(
    value: object, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert normalise({"total": value}) == {"total": number}
    assert not caplog.text


@given(st.floats(min_value=0, max_value=2**53))
def test_the_fraction_of_a_number_is_cut_off(value: float) -> None:
    assert normalise({"total": value}) == {"total": math.floor(value)}


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_a_number_and_its_notation_are_the_same_count(value: Decimal) -> None:
    assert normalise({"total": f"{value:f}"}) == {"total": int(value)}


@given(st.integers(0, 2**53))
def test_every_whole_number_stays_as_it_is_also_as_a_text(value: int) -> None:
    assert normalise({"total": value}) == normalise({"total": str(value)}) == {"total": value}


@given(
    st.floats(max_value=0, exclude_max=True) | st.floats(min_value=2**53, exclude_min=True) | st.integers(max_value=-1)
)
def test_no_number_out_of_bounds_is_a_count(value: float) -> None:
    assert normalise({"total": value}) == {}


@given(st.dictionaries(st.sampled_from(ALLOWED) | st.text(max_size=8), anything) | anything)
def test_whatever_comes_in_only_counts_come_out(raw: object) -> None:
    counts = normalise(raw)
    assert set(counts) <= set(ALLOWED)
    assert all(type(number) is int and number >= 0 for number in counts.values())
    assert normalise(counts) == counts
