"""Graph's documented limits as token buckets per tenant and application. Off until limits are set."""

from __future__ import annotations

import itertools
import math
import threading
import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from ops_admin.simulator.errors import GraphError, intune_message
from ops_admin.simulator.messages import Call


@dataclass(frozen=True)
class Limits:
    """How many requests are allowed per time.

    `retry_after` says how Intune states the wait: `seconds`, `date`, `none` or `sometimes` (in seconds, every third
    time, as administrators report). Conditional Access never states it.
    """

    writes_per_tenant: int = 200
    writes_per_app: int = 100
    requests_per_tenant: int = 2000
    requests_per_app: int = 1000
    window: float = 20.0
    conditional_access: int = 1
    conditional_access_window: float = 1.0
    groups: int = 3500
    groups_window: float = 10.0
    retry_after: str = "seconds"

    @classmethod
    def of(cls, values: dict[str, Any]) -> Limits:
        """Return the default limits with these changes. Raises ValueError for an unknown name."""
        unknown = values.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown limits: {', '.join(sorted(unknown))}")
        return cls(**values)


class Bucket:
    """A token bucket that refills with `capacity` tokens per `window` seconds."""

    def __init__(self, capacity: int, window: float) -> None:
        self.rate = capacity / window
        self.capacity = float(capacity)
        self.level = self.capacity
        self.filled_at = time.monotonic()

    def wait(self) -> float:
        """Return the seconds until a token is available, 0 if there is one."""
        now = time.monotonic()
        self.level = min(self.capacity, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate

    def take(self) -> None:
        """Take one token."""
        self.level -= 1


class Throttle:
    """Counts requests against the limits."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits
        self._refused = itertools.count()
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self._lock = threading.Lock()

    @property
    def limits(self) -> Limits | None:
        return self._limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        with self._lock:
            self._limits = limits
            self._buckets.clear()

    def check(self, call: Call, tenant_id: str, app_id: str) -> None:
        """Count the call. Raises 429 if it exceeds a limit. A refused call uses no tokens."""
        with self._lock:
            if self._limits is None:
                return
            buckets = [self._bucket(*key) for key in _keys(self._limits, call, tenant_id, app_id)]
            wait = max((bucket.wait() for bucket in buckets), default=0.0)
            if wait > 0:
                raise _too_many(self._limits, call, wait, next(self._refused))
            for bucket in buckets:
                bucket.take()

    def _bucket(self, capacity: int, window: float, *key: str) -> Bucket:
        return self._buckets.setdefault(key, Bucket(capacity, window))


def retry_headers(seconds: float, style: str) -> dict[str, str]:
    """`Retry-After` in seconds, as an HTTP date, or not at all."""
    if style == "none":
        return {}
    if style == "date":
        moment = datetime.now(UTC) + timedelta(seconds=math.ceil(seconds))
        return {"Retry-After": format_datetime(moment, usegmt=True)}
    return {"Retry-After": str(math.ceil(seconds))}


def _keys(limits: Limits, call: Call, tenant: str, app: str) -> list[tuple[Any, ...]]:
    area = call.segments[0] if call.segments else ""
    if area == "identity":
        return [(limits.conditional_access, limits.conditional_access_window, "access", tenant, app)]
    if area == "groups":
        return [(limits.groups, limits.groups_window, "groups", tenant, app)]
    if not area.startswith("device"):
        return []
    keys: list[tuple[Any, ...]] = [
        (limits.requests_per_tenant, limits.window, "any", tenant),
        (limits.requests_per_app, limits.window, "any", tenant, app),
    ]
    if call.method != "GET":
        keys.append((limits.writes_per_tenant, limits.window, "write", tenant))
        keys.append((limits.writes_per_app, limits.window, "write", tenant, app))
    return keys


def _too_many(limits: Limits, call: Call, wait: float, number: int) -> GraphError:
    if call.segments[0] == "identity":
        return GraphError(429, "TooManyRequests", "Too Many Requests")
    usual = "none" if number % 3 else "seconds"
    headers = retry_headers(wait, usual if limits.retry_after == "sometimes" else limits.retry_after)
    if call.segments[0] == "groups":
        text = "Request is throttled temporarily. Please try again after a short wait."
        return GraphError(429, "Directory_QuotaExceeded", text, headers=retry_headers(wait, "seconds"))
    text = intune_message("Too many requests have been sent.", retry_after=headers.get("Retry-After"))
    return GraphError(429, "TooManyRequests", text, headers=headers)
