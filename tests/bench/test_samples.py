"""The few numbers that are read from many times."""

import pytest

from bench.samples import median_summary, summary_of


def test_a_percentile_is_a_time_that_was_measured() -> None:
    summary = summary_of(number / 1000 for number in range(1, 201))

    assert (summary.p50, summary.p95, summary.p99, summary.worst) == (100, 190, 198, 200)


def test_of_one_time_every_percentile_is_that_time() -> None:
    summary = summary_of([0.007])

    assert (summary.count, summary.p50, summary.p99) == (1, 7, 7)


def test_nothing_measured_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        summary_of([])


def test_one_disturbed_repeat_does_not_move_the_median() -> None:
    calm, disturbed = summary_of([0.01] * 10), summary_of([0.9] * 10)

    together = median_summary([calm, disturbed, calm])

    assert (together.count, together.p99, together.worst) == (30, 10, 900)
