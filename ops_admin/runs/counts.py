"""The summary counts of a run (R6): a flat dictionary of known keys with non-negative integers."""

import logging
import re
from collections.abc import Mapping

ALLOWED = (
    "total",
    "processed",
    "succeeded",
    "failed",
    "skipped",
    "created",
    "updated",
    "deleted",
    "items",
    "tenants",
)
# Fits a 64-bit column. Anything larger is a mistake of the caller.
LARGEST = 2**53
_NUMERAL = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,30})?")

logger = logging.getLogger(__name__)


def normalise(counts: object) -> dict[str, int]:
    """Return the valid entries of `counts`, in the order of ALLOWED. Invalid ones are dropped with a log line."""
    if not isinstance(counts, Mapping):
        if counts is not None:
            logger.warning("counts dropped: %s is no mapping", type(counts).__name__)
        return {}
    valid = {str(key): number for key, value in counts.items() if (number := _number(key, value)) is not None}
    return {key: valid[key] for key in ALLOWED if key in valid}


def _number(key: object, value: object) -> int | None:
    number = whole(value) if key in ALLOWED else None
    if number is None:
        logger.warning("count dropped: key %.40r with a value of type %s", key, type(value).__name__)
    return number


def whole(value: object) -> int | None:
    """Return the integer part of a non-negative number or of its decimal notation (3 for 3.7 and "3.7"), or None.

    Fractions are cut off, because half done is not done. Booleans do not count as numbers.
    """
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        value = int(value.partition(".")[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Checked before the fraction is cut off: -0.5 is negative. NaN and infinity are outside these bounds too.
    return int(value) if 0 <= value <= LARGEST else None
