"""Windows updates: schedules in the past, and profiles that do not say how drivers are approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

ROLLOUT = "rolloutSettings"
START, END, INTERVAL = "offerStartDateTimeInUTC", "offerEndDateTimeInUTC", "offerIntervalInDays"


def check_rollout(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """A rollout begins today or later, a gradual one in two days or later (Microsoft365DSC #4614, #4910).

    The present start may stay.
    """
    wanted = body.get(ROLLOUT) or {}
    start, end = _moment(wanted, START), _moment(wanted, END)
    present = _moment((current or {}).get(ROLLOUT) or {}, START)
    if start is not None and start != present and start < _earliest(end):
        raise unexplained()
    if start is not None and end is not None:
        _check_length(end - start, wanted.get(INTERVAL))


def check_drivers(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """A new profile says how drivers are approved (IntuneCD #184)."""
    if current is None and not body.get("approvalType"):
        raise bad_request("Invalid property values", intune=True)


def _earliest(end: datetime | None) -> datetime:
    now = datetime.now(UTC)
    return now + timedelta(days=2) if end is not None else now.replace(hour=0, minute=0, second=0, microsecond=0)


def _check_length(length: timedelta, interval: Any) -> None:
    if length < timedelta(days=1) or (interval or 0) > length.days:
        raise unexplained()


def _moment(rollout: Document, name: str) -> datetime | None:
    value = rollout.get(name)
    return datetime.fromisoformat(value) if value else None
