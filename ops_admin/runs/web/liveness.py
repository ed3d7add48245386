"""Whether a running run's worker is still alive, judging by its heartbeats (R48).

Scripts on open pages use the same limits and labels, which the widget passes to them (`silences`).
"""

from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext

from ops_admin.infra.database import utcnow
from ops_admin.runs import queries
from ops_admin.runs.states import Display
from ops_admin.runs.web.presenter import WidgetRow

# A healthy worker's heartbeat is a few seconds old. After half a minute something is wrong.
LATE_AFTER = timedelta(seconds=30)

Silence = Literal["late", "gone"]


def silence_of(row: WidgetRow, now: datetime | None = None) -> Silence | None:
    """Return "late" or "gone" for a run's worker; None if it is alive or the run is not running."""
    if row.status is not Display.RUNNING or row.heartbeat_at is None:
        return None
    silent = (now or utcnow()) - row.heartbeat_at
    if silent < LATE_AFTER:
        return None
    return "gone" if silent > queries.LOST_AFTER else "late"


def silences() -> dict[Silence, dict[str, object]]:
    """Return the seconds after which each state begins, and the label and colour of its badge."""
    return {
        "late": {"after": LATE_AFTER.total_seconds(), "label": gettext("Worker silent"), "tone": "yellow"},
        "gone": {"after": queries.LOST_AFTER.total_seconds(), "label": gettext("Worker gone"), "tone": "red"},
    }
