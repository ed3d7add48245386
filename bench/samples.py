"""Statistics of measured times."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Summary:
    """How long something took, in milliseconds; `count` is the number of measurements, p50 to p99 are percentiles."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float


def summary_of(seconds: Iterable[float]) -> Summary:
    """Summarise times given in seconds; raises ValueError if there are none."""
    ordered = sorted(1000 * each for each in seconds)
    if not ordered:
        raise ValueError("nothing was measured")
    p50, p95, p99 = (percentile(ordered, share) for share in (50, 95, 99))
    return Summary(len(ordered), p50, p95, p99, ordered[-1])


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest of the ascending values that is not below `share` per cent of them (nearest rank)."""
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def median_summary(repeats: Sequence[Summary]) -> Summary:
    """Combine several measurements of the same thing: the median of each figure, and the sum of the counts."""
    return Summary(
        count=sum(each.count for each in repeats),
        p50=median(each.p50 for each in repeats),
        p95=median(each.p95 for each in repeats),
        p99=median(each.p99 for each in repeats),
        worst=max(each.worst for each in repeats),
    )
