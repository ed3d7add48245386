"""Whether the worker of a running run still lives, as far as its heartbeats tell (R48).

Pages judge an open run by the same limits and words, which the widget hands to their scripts (`silences`).
"""

from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext

from ops_admin.infra.database import utcnow
from ops_admin.runs import queries
from ops_admin.runs.states import Display
from ops_admin.runs.web.presenter import WidgetRow

# The heartbeat of a worker at work is a few seconds old; after half a minute something is amiss.
LATE_AFTER = timedelta(seconds=30)

Silence = Literal["late", "gone"]


def silence_of(row: WidgetRow, now: datetime | None = None) -> Silence | None:
    """Say whether the worker of a run is "late" or "gone"; None when all is well, or when nobody works on it."""
    if row.status is not Display.RUNNING or row.heartbeat_at is None:
        return None
    silent = (now or utcnow()) - row.heartbeat_at
    if silent < LATE_AFTER:
        return None
    return "gone" if silent > queries.LOST_AFTER else "late"


def silences() -> dict[Silence, dict[str, object]]:
    """Return of each silence after how many seconds it is one, and what the badge beside a run's state says then."""
    return {
        "late": {"after": LATE_AFTER.total_seconds(), "label": gettext("Worker silent"), "tone": "yellow"},
        "gone": {"after": queries.LOST_AFTER.total_seconds(), "label": gettext("Worker gone"), "tone": "red"},
    }
