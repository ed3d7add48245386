"""The summary counts of a run (R6): a flat dictionary of known keys with non-negative whole numbers."""

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
# What fits a 64-bit column and a human's belief; more than that is a mistake of the caller.
LARGEST = 2**53
_NUMERAL = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,30})?")

logger = logging.getLogger(__name__)


def normalise(counts: object) -> dict[str, int]:
    """Keep what is valid of `counts`, in the order of ALLOWED; what is not is dropped with a log line."""
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
    """Return the whole number of a non-negative number or of its decimal notation: 3 for 3.7 and "3.7"; else None.

    A fraction is cut off, for what is half done is not done. True is a flag, not a one.
    """
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        value = int(value.partition(".")[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Asked before the fraction goes: -0.5 is negative. Neither NaN nor infinity is within these bounds.
    return int(value) if 0 <= value <= LARGEST else None
