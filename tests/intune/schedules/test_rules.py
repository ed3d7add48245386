"""The next due time of a schedule, also when clocks change; without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.intune.schedules.labels import time_zones
from ops_admin.intune.schedules.rules import Frequency, Rule, first_due, next_due

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(time: str, zone: str = BERLIN) -> Rule:
    return Rule(Frequency.DAILY, at_time=time, time_zone=zone)


def test_a_time_of_day_is_local_time_in_its_zone() -> None:
    assert first_due(daily("06:00"), utc("2026-01-10T12:00")) == utc("2026-01-11T05:00")
    assert first_due(daily("06:00"), utc("2026-07-10T12:00")) == utc("2026-07-11T04:00")


@pytest.mark.parametrize(
    ("before", "due"),
    [
        (
            "2027-03-27T12:00",
            ["2027-03-28T01:00", "2027-03-29T00:30"],
        ),  # 02:30 does not exist: due at 03:00
        ("2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),  # 02:30 comes twice: due the first time
    ],
)
def test_a_night_in_which_clocks_change_has_one_start(before: str, due: list[str]) -> None:
    moment, found = utc(before), []
    for _ in due:
        moment = next_due(daily("02:30"), moment, moment)
        found.append(moment)
    assert found == [utc(each) for each in due]


def test_a_week_begins_on_monday() -> None:
    for weekday in range(7):
        due = first_due(Rule(Frequency.WEEKLY, at_time="23:30", weekday=weekday, time_zone=BERLIN), NOW)
        assert due.astimezone(ZoneInfo(BERLIN)).weekday() == weekday


def test_every_few_hours_keeps_its_rhythm_whatever_was_missed() -> None:
    rule = Rule(Frequency.HOURS, every_hours=6)
    assert next_due(rule, NOW, NOW + timedelta(seconds=40)) == NOW + timedelta(hours=6)
    assert next_due(rule, NOW, NOW + timedelta(hours=20)) == NOW + timedelta(hours=24)


def test_days_that_were_missed_are_one_start() -> None:
    long_ago = NOW - timedelta(days=9)
    assert next_due(daily("06:00"), long_ago, NOW) == utc("2026-11-22T05:00")


rules = st.one_of(
    st.builds(Rule, st.just(Frequency.HOURS), every_hours=st.integers(1, 168)),
    st.builds(
        Rule,
        st.sampled_from([Frequency.DAILY, Frequency.WEEKLY]),
        at_time=st.times().map(lambda time: f"{time:%H:%M}"),
        time_zone=st.sampled_from(time_zones()),
    ).flatmap(
        lambda rule: st.builds(
            Rule,
            st.just(rule.frequency),
            at_time=st.just(rule.at_time),
            weekday=st.integers(0, 6) if rule.frequency is Frequency.WEEKLY else st.none(),
            time_zone=st.just(rule.time_zone),
        )
    ),
)
moments = st.timedeltas(timedelta(0), timedelta(days=7000)).map(lambda later: utc("2020-01-01T00:00") + later)


@given(rules, moments, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_next_due_time_is_after_now_and_never_further_than_one_interval(
    rule: Rule, due: datetime, late: timedelta
) -> None:
    now = due + late
    longest = {
        Frequency.HOURS: timedelta(hours=rule.every_hours or 0),
        # A zone may skip a whole day when it moves across the date line.
        Frequency.DAILY: timedelta(days=2, hours=3),
        Frequency.WEEKLY: timedelta(days=14, hours=3),
    }[rule.frequency]
    assert now < next_due(rule, due, now) <= now + longest
