"""The form of a schedule. Errors are shown beside the fields, which keep what was typed (R38)."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField, StringField

from ops_admin.auth.forms import ConsoleForm
from ops_admin.intune.schedules.labels import WEEKDAYS, operations, time_zones
from ops_admin.intune.schedules.rules import MOST_HOURS, Frequency, Rule

_CLOCK_LENGTH = 5


class ScheduleForm(ConsoleForm):
    """Which operation is started, and when. Fields that the chosen frequency does not use are ignored."""

    operation = SelectField(_l("Operation"))
    frequency = RadioField(
        _l("How often"),
        choices=[
            SelectChoice(Frequency.HOURS, _l("Every few hours")),
            SelectChoice(Frequency.DAILY, _l("Daily")),
            SelectChoice(Frequency.WEEKLY, _l("Weekly")),
        ],
        default=Frequency.DAILY,
    )
    every_hours = StringField(_l("Hours between two starts"), default="6")
    weekday = SelectField(
        _l("Day"), choices=[SelectChoice(str(day), name) for day, name in enumerate(WEEKDAYS)], default="0"
    )
    at_time = StringField(_l("Time"), default="06:00")
    time_zone = StringField(_l("Time zone"), default="UTC")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.operation.choices = [SelectChoice(key, label) for key, label in operations()]

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields that the chosen frequency uses."""
        valid = bool(super().validate(extra_validators))
        if self.frequency.data == Frequency.HOURS:
            return self._hours_are_valid() and valid
        return self._clock_is_valid() and valid

    def rule(self) -> Rule:
        """Return the rule from the form's valid fields."""
        frequency = Frequency(self.frequency.data)
        if frequency is Frequency.HOURS:
            return Rule(frequency, every_hours=int(self.every_hours.data))
        weekday = int(self.weekday.data) if frequency is Frequency.WEEKLY else None
        return Rule(
            frequency, at_time=self.at_time.data.strip(), weekday=weekday, time_zone=self.time_zone.data.strip()
        )

    def show(self, operation: str, rule: Rule) -> None:
        """Fill the form with an existing schedule."""
        self.operation.data, self.frequency.data = operation, rule.frequency
        self.every_hours.data = str(rule.every_hours or self.every_hours.data)
        self.weekday.data = str(rule.weekday or 0)
        self.at_time.data, self.time_zone.data = rule.at_time or self.at_time.data, rule.time_zone

    def _hours_are_valid(self) -> bool:
        typed = (self.every_hours.data or "").strip()
        if typed.isascii() and typed.isdigit() and 1 <= int(typed[:4]) <= MOST_HOURS:
            return True
        return _refuse(self.every_hours, gettext("Enter a number of hours from 1 to %(most)s.", most=MOST_HOURS))

    def _clock_is_valid(self) -> bool:
        knows_time = is_time_of_day((self.at_time.data or "").strip()) or _refuse(
            self.at_time, gettext("Enter a time of day, such as 06:30.")
        )
        knows_zone = (self.time_zone.data or "").strip() in set(time_zones()) or _refuse(
            self.time_zone, gettext("Choose a time zone of the list, such as Europe/Berlin.")
        )
        return knows_time and knows_zone


def is_time_of_day(text: str) -> bool:
    """Whether `text` is a time of day as "HH:MM"."""
    hour, _, minute = text.partition(":")
    digits = len(text) == _CLOCK_LENGTH and text.isascii() and hour.isdigit() and minute.isdigit()
    return digits and len(hour) == len(minute) and int(hour) < 24 and int(minute) < 60


def _refuse(field: Any, message: str) -> bool:
    # Replaces WTForms' own message, which is about data types.
    field.errors = [message]
    return False
