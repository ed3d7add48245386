"""Whether a running run has stalled, judging by its heartbeats (R48).

Scripts on open pages use the same limits and labels, which the widget passes to them (`stall_levels`).
"""

from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext

from ops_admin.infra.database import utcnow
from ops_admin.runs import queries
from ops_admin.runs.states import Display
from ops_admin.runs.web.presenter import WidgetRow

# A healthy worker's heartbeat is a few seconds old. After half a minute something is wrong.
STALLED_AFTER = timedelta(seconds=30)

StallLevel = Literal["warning", "danger"]
"""How serious it is: the run may continue, or housekeeping will end it as lost."""


def stall_level_of(row: WidgetRow, now: datetime | None = None) -> StallLevel | None:
    """Return how seriously a run has stalled; None if its worker is alive or the run is not running."""
    if row.status is not Display.RUNNING or row.heartbeat_at is None:
        return None
    age = (now or utcnow()) - row.heartbeat_at
    if age < STALLED_AFTER:
        return None
    return "danger" if age > queries.LOST_AFTER else "warning"


def stall_levels() -> dict[StallLevel, dict[str, object]]:
    """Return the seconds after which each level begins, and the label and colour of its badge."""
    label = gettext("Stalled")
    return {
        "warning": {"after": STALLED_AFTER.total_seconds(), "label": label, "tone": "yellow"},
        "danger": {"after": queries.LOST_AFTER.total_seconds(), "label": label, "tone": "red"},
    }
