"""Labels of schedules: what they start, and how often."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ops_admin.intune.schedules.rules import Frequency, Rule
from ops_admin.runs.labels import label_of

SCHEDULABLE = ("inventory.sync", "directory.groups.sync")

WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)

RESULTS: Mapping[str, object] = {
    "started": _l("Started"),
    "active": _l("Was active already"),
    "failed": _l("Could not be started"),
}


def operations() -> list[tuple[str, str]]:
    """Return the operations that can be scheduled, with their labels from the catalog (R29)."""
    return [(key, label_of(key)) for key in SCHEDULABLE]


def time_zones() -> list[str]:
    """Return the names of the time zones to choose from."""
    return sorted(name for name in available_timezones() if name == "UTC" or "/" in name)


def describe(rule: Rule) -> str:
    """Return how often a schedule starts: "Every 6 hours", "Daily at 06:30"."""
    if rule.frequency is Frequency.HOURS:
        return str(ngettext("Every hour", "Every %(num)s hours", rule.every_hours or 1))
    if rule.frequency is Frequency.DAILY:
        return str(_("Daily at %(time)s", time=rule.at_time))
    return str(_("Every %(day)s at %(time)s", day=WEEKDAYS[rule.weekday or 0], time=rule.at_time))
