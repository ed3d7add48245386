"""Primitive values: the JSON that each OData primitive accepts."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:\d{2})")

EDM = {
    "string": "Edm.String",
    "boolean": "Edm.Boolean",
    "integer": "Edm.Int32",
    "number": "Edm.Double",
    "dateTimeOffset": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "time": "Edm.TimeOfDay",
    "duration": "Edm.Duration",
    "base64": "Edm.Binary",
    "guid": "Edm.Guid",
}
"""The names that error messages use."""


def fits(kind: str, value: object) -> bool:
    """Whether a JSON value fits a primitive type. Unknown types accept anything."""
    return value is None or kind not in CHECKS or CHECKS[kind](value)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number or value in ("INF", "-INF", "NaN")


def _is_moment(value: object) -> bool:
    found = MOMENT.fullmatch(value) if isinstance(value, str) else None
    return found is not None and _is_in_calendar(found[1])


def _is_in_calendar(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_binary(value: object) -> bool:
    try:
        base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


CHECKS: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "number": _is_number,
    "dateTimeOffset": _is_moment,
    "date": _matches(DATE),
    "time": _matches(TIME),
    "duration": _matches(DURATION),
    "base64": _is_binary,
    "guid": _matches(GUID),
}
