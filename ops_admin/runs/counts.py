"""The summary counts of a run (R6): a flat dictionary of known keys with non-negative whole numbers."""

import logging
import math
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
    """Return the whole number that `value` means, or None; True is a flag, not a one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= LARGEST else None
