"""When a client secret expires, as somebody states it: a day, and nothing more precise. Pure."""

from datetime import UTC, date, datetime, time

_LAST_MOMENT = time(23, 59, 59, tzinfo=UTC)


def end_of(day: date) -> datetime:
    """Return the last moment of a day (UTC): until then the secret counts as valid."""
    return datetime.combine(day, _LAST_MOMENT)


def is_past(day: date, now: datetime) -> bool:
    """Whether a secret that expires on that day has expired."""
    return end_of(day) <= now
