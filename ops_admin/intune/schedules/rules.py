"""When a schedule is due next: pure arithmetic of time zones and of the clock, which twice a year jumps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

MOST_HOURS = 168
# From one due time to the next, of any rule: a week, and the hour that the clocks may jump.
LONGEST_PAUSE = timedelta(days=7, hours=2)


class Frequency(StrEnum):
    """How a schedule repeats."""

    HOURS = "hours"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class Rule:
    """Every `every_hours` hours; or at `at_time` ("HH:MM" of the clocks in `time_zone`), daily or on `weekday`.

    `weekday` counts from Monday, which is 0.
    """

    frequency: Frequency
    every_hours: int | None = None
    at_time: str | None = None
    weekday: int | None = None
    time_zone: str = "UTC"


def first_due(rule: Rule, now: datetime) -> datetime:
    """Return when a schedule that is set or resumed at `now` is due for the first time."""
    return next_due(rule, now, now)


def next_due(rule: Rule, due: datetime, now: datetime) -> datetime:
    """Return the first due time after `now`, for a schedule that was due at `due` before.

    What was missed meanwhile is not made up for: however long nobody was there, there is one next time. Every so many
    hours keeps its rhythm; a time of day that the clocks skip falls on the moment after, one that they repeat counts
    once, the first time (as Debian's cron does it).
    """
    if rule.frequency is Frequency.HOURS:
        step = timedelta(hours=rule.every_hours or 1)
        return due + step * max(1, (now - due) // step + 1)
    local = now.astimezone(ZoneInfo(rule.time_zone))
    return next(CronSim(_cron_line(rule), local)).astimezone(UTC)


def _cron_line(rule: Rule) -> str:
    hour, _, minute = (rule.at_time or "00:00").partition(":")
    # In cron's week Sunday is 0.
    day = "*" if rule.weekday is None else str((rule.weekday + 1) % 7)
    return f"{int(minute)} {int(hour)} * * {day}"
