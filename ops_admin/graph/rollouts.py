"""The schedule of a Windows feature update: Graph takes no dates in the past (Microsoft365DSC #4614)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ops_admin.graph.transport import JSONObject

ROLLOUT = "rolloutSettings"
_START, _END, _INTERVAL = "offerStartDateTimeInUTC", "offerEndDateTimeInUTC", "offerIntervalInDays"
_NOTICE = timedelta(days=2)
"""How far ahead a gradual rollout must begin."""
_SHORTEST = timedelta(days=1)


def has_begun(rollout: Any) -> bool:
    """Say whether it is too late to schedule this rollout."""
    start = _moment(rollout, _START)
    return start is not None and start < _earliest(rollout, datetime.now(UTC))


def rescheduled(body: JSONObject) -> JSONObject:
    """Return the body of a new profile with a schedule that Graph takes, if its rollout has begun.

    One that is over is not begun again: the update is available at once, as it was. A gradual one that is under way
    begins as soon as possible and ends when it would have ended.
    """
    if not has_begun(body.get(ROLLOUT)):
        return body
    rest = {name: value for name, value in body.items() if name != ROLLOUT}
    left = _left_of(body[ROLLOUT])
    return {**rest, ROLLOUT: left} if left else rest


def _left_of(rollout: JSONObject) -> JSONObject | None:
    now, end = datetime.now(UTC), _moment(rollout, _END)
    if end is None or end <= now:
        return None
    start = _earliest(rollout, now)
    end = max(end, start + _SHORTEST)
    interval = rollout.get(_INTERVAL)
    shortened = {_INTERVAL: min(interval, (end - start).days)} if isinstance(interval, int) else {}
    return {**rollout, _START: _text(start), _END: _text(end), **shortened}


def _earliest(rollout: JSONObject, now: datetime) -> datetime:
    """Return the earliest start; a minute more than necessary, for the time until Graph reads it."""
    if _moment(rollout, _END) is None:
        return now
    return now + _NOTICE + timedelta(minutes=1)


def _moment(rollout: Any, name: str) -> datetime | None:
    value = rollout.get(name) if isinstance(rollout, dict) else None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
