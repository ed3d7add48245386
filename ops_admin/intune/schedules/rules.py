"""Calculates the next due time of a schedule, with time zones and daylight saving time. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

MOST_HOURS = 168
# The longest time between two due times: a week, and some hours for daylight saving time.
LONGEST_PAUSE = timedelta(days=7, hours=2)


class Frequency(StrEnum):
    """How a schedule repeats."""

    HOURS = "hours"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class Rule:
    """Every `every_hours` hours, or at `at_time` ("HH:MM" in `time_zone`) daily or on a `weekday` (Monday is 0)."""

    frequency: Frequency
    every_hours: int | None = None
    at_time: str | None = None
    weekday: int | None = None
    time_zone: str = "UTC"


def first_due(rule: Rule, now: datetime) -> datetime:
    """Return the first due time of a schedule that is set or resumed at `now`."""
    return next_due(rule, now, now)


def next_due(rule: Rule, due: datetime, now: datetime) -> datetime:
    """Return the first due time after `now` for a schedule that was last due at `due`.

    Missed due times are skipped. A schedule in hours keeps its rhythm. When clocks change, a skipped time of day is due
    right after the change, and a repeated one only the first time, as in Debian's cron.
    """
    if rule.frequency is Frequency.HOURS:
        step = timedelta(hours=rule.every_hours or 1)
        return due + step * max(1, (now - due) // step + 1)
    hour, _, minute = (rule.at_time or "00:00").partition(":")
    # In cron, Sunday is 0.
    day = "*" if rule.weekday is None else str((rule.weekday + 1) % 7)
    local = now.astimezone(ZoneInfo(rule.time_zone))
    return next(CronSim(f"{int(minute)} {int(hour)} * * {day}", local)).astimezone(UTC)
