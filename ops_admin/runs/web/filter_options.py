"""The choices of the list's filters: (value, label) pairs, the first of which is "any"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ops_admin.access.queries import Tenant
from ops_admin.runs.catalog import catalog
from ops_admin.runs.labels import label_of
from ops_admin.runs.states import Display, Outcome, Status
from ops_admin.runs.web.filters import ListQuery
from ops_admin.runs.web.presenter import DISPLAY_LABELS, outcome_label

Choices = list[tuple[str, str]]

LABELS = {
    "q": _l("Search"),
    "state": _l("State"),
    "type": _l("Operation"),
    "tenant": _l("Tenant"),
    "initiator": _l("Started by"),
    "status": _l("Status"),
    "outcome": _l("Outcome"),
    "within": _l("Created within"),
    "since": _l("Created from (UTC)"),
    "until": _l("Created before (UTC)"),
}
# "Completed" is the word for a run that succeeded (R31), but the status of that name covers every ended run.
_STATUS_LABELS = {
    Status.QUEUED: DISPLAY_LABELS[Display.QUEUED],
    Status.RUNNING: DISPLAY_LABELS[Display.RUNNING],
    Status.COMPLETED: _l("Ended"),
}


@dataclass(frozen=True)
class Chip:
    """An active filter as shown, and the list's URL without it."""

    label: str
    value: str
    url: str


def filter_choices(tenants: Sequence[Tenant], initiators: Iterable[str]) -> dict[str, Choices]:
    """Return the choices of each filter that has them, by its name in the URL."""
    offered: dict[str, Choices] = {
        "type": sorted(((each.key, label_of(each.key)) for each in catalog), key=lambda pair: pair[1].casefold()),
        "tenant": [(str(tenant.id), tenant.display_name) for tenant in tenants],
        "initiator": [(name, name) for name in initiators],
        "state": [(str(display), str(DISPLAY_LABELS[display])) for display in Display],
        "status": [(str(status), str(_STATUS_LABELS[status])) for status in Status],
        "outcome": [(str(outcome), outcome_label(outcome)) for outcome in Outcome],
        "within": [
            ("1h", _("the last hour")),
            ("24h", _("the last 24 hours")),
            ("7d", _("the last 7 days")),
            ("30d", _("the last 30 days")),
        ],
    }
    return {name: [("", _("Any")), *pairs] for name, pairs in offered.items()}


def chips(query: ListQuery, choices: Mapping[str, Choices]) -> list[Chip]:
    """Return the active filters in the reader's words."""
    words = {name: dict(pairs) for name, pairs in choices.items()}
    return [
        Chip(str(LABELS[name]), words.get(name, {}).get(value, value), query.url(**{name: None}))
        for name, value in query.given.items()
    ]
