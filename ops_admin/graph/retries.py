"""When a request is retried, and after which wait (R21).

A throttled request waits as long as `Retry-After` says. Without one, which is common with Intune, it waits with
exponential back-off and jitter. The caller supplies the wait function, so that a cancel can interrupt it (R44).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_base, wait_exponential_jitter

from ops_admin.graph.errors import GraphError, Repeat
from ops_admin.graph.settings import Limits
from ops_admin.telemetry import metrics

Wait = Callable[[float], None]
MayRepeat = Callable[[BaseException], bool]


@dataclass(frozen=True)
class Throttled:
    """A wait that is about to begin after a failed `attempt` (1 is the first, 0 a wait before it)."""

    seconds: float
    attempt: int
    code: str
    status: int | None


OnThrottle = Callable[[Throttled], None]


def retrying(
    limits: Limits,
    *,
    wait: Wait,
    may_repeat: MayRepeat,
    on_throttle: OnThrottle | None = None,
    patience: "Patience | None" = None,
) -> Retrying:
    """Return the retry policy for one call. It raises the last GraphError, or what `wait` raised."""
    patience = patience or Patience(limits)

    def report(state: RetryCallState) -> None:
        error = _error_of(state)
        if error:
            metrics.graph_waited.labels(error.code).inc(state.upcoming_sleep)
        if on_throttle and error:
            on_throttle(Throttled(state.upcoming_sleep, state.attempt_number, error.code, error.status))

    return Retrying(
        sleep=wait,
        retry=retry_if_exception(may_repeat),
        wait=_RetryAfterOrBackoff(limits),
        stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.seconds),
        before_sleep=report,
        reraise=True,
    )


def may_repeat_idempotent(error: BaseException) -> bool:
    """Say whether an idempotent request may be retried after this error."""
    return isinstance(error, GraphError) and error.repeat is not Repeat.NEVER


def may_repeat_unprocessed(error: BaseException) -> bool:
    """Say whether a request may be retried because it was certainly not carried out."""
    return isinstance(error, GraphError) and error.repeat is Repeat.ALWAYS


class Patience:
    """How long a call is retried: only briefly once a call has given up, until one succeeds again.

    Otherwise, in an outage, each of a tenant's hundreds of policies would be retried for the whole time.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lost = False

    @property
    def attempts(self) -> int:
        """The maximum number of attempts."""
        return self._limits.attempts_after_giving_up if self._lost else self._limits.max_attempts

    @property
    def seconds(self) -> float:
        """The maximum time in seconds from the first attempt to the start of the last."""
        return self._limits.seconds_after_giving_up if self._lost else self._limits.max_seconds

    def lose(self) -> None:
        """Note that a call gave up."""
        self._lost = True

    def regain(self) -> None:
        """Note that Graph answered a call."""
        self._lost = False


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in `Retry-After` (a number or an HTTP date), or None when it is missing or invalid.

    A date is compared with the response's own `Date`, so that a wrong clock on either side does not matter.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return float(value)
    until = _parse_date(value)
    if until is None:
        return None
    now = _parse_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _parse_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


class _RetryAfterOrBackoff(wait_base):
    def __init__(self, limits: Limits) -> None:
        self._backoff = wait_exponential_jitter(
            multiplier=limits.first_backoff, max=limits.max_backoff, jitter=limits.first_backoff
        )

    def __call__(self, retry_state: RetryCallState) -> float:
        error = _error_of(retry_state)
        if error is None or error.retry_after is None:
            return self._backoff(retry_state)
        return error.retry_after


def _error_of(state: RetryCallState) -> GraphError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, GraphError) else None
