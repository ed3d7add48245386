"""Sends one request to Graph: token, retries, and a GraphError unless it succeeds."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from ops_admin.graph.accounting import exchange
from ops_admin.graph.errors import THROTTLED, GraphError, Repeat, error_of_status
from ops_admin.graph.retries import (
    MayRepeat,
    OnThrottle,
    Patience,
    Throttled,
    Wait,
    may_repeat_idempotent,
    may_repeat_unprocessed,
    parse_retry_after,
    retrying,
)
from ops_admin.graph.settings import Limits
from ops_admin.graph.tokens import TokenSource
from ops_admin.graph.traffic import Load, Traffic, load_of
from ops_admin.graph.transport import Answer, Transport

logger = logging.getLogger(__name__)

_TOO_MANY = 429
# A shorter wait for a turn is not worth telling.
_SECONDS_TO_TELL = 1.0

T = TypeVar("T")


class Caller:
    """Sends requests with a token. Renews the token once after a 401, and retries as Graph asks."""

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        *,
        wait: Wait,
        on_throttle: OnThrottle | None,
        limits: Limits,
        traffic: Traffic,
        patience: Patience,
        before: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._wait = wait
        self._on_throttle = on_throttle
        self._limits = limits
        self._traffic = traffic
        self._patience = patience
        self._before = before

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        idempotent: bool,
        load: Load | None = None,
    ) -> Answer:
        """Return the response, which has a 2xx status; raises GraphError. A batch says how large its `load` is."""
        may_repeat = may_repeat_idempotent if idempotent else may_repeat_unprocessed
        carried = load or load_of(method, url)
        return self.persist(
            lambda: self._attempt(method, url, headers, body, carried), may_repeat=may_repeat, patience=self._patience
        )

    def persist(self, attempt: Callable[[], T], *, may_repeat: MayRepeat, patience: Patience) -> T:
        """Run `attempt` until it succeeds, fails with an error that is not retried, or the limits are reached."""
        policy = retrying(
            self._limits,
            wait=self._wait,
            may_repeat=may_repeat,
            on_throttle=self._on_throttle,
            patience=patience,
        )
        try:
            result = policy(attempt)
        except GraphError as error:
            patience.regain() if error.repeat is Repeat.NEVER else patience.lose()
            raise
        patience.regain()
        return result

    def _attempt(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, load: Load) -> Answer:
        self._before()
        token = self._tokens.get(self._wait)
        answer = self._send(method, url, headers, body, token, load)
        if answer.status == 401:
            answer = self._send(method, url, headers, body, self._tokens.renew(token, self._wait), load)
        if 200 <= answer.status < 300:
            return answer
        error = error_of_status(answer.status, answer.body, answer.find_json(), parse_retry_after(answer.headers))
        logger.info("%s %s failed: %s", method, urlsplit(url).path, error)
        raise error

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str, load: Load
    ) -> Answer:
        identity = str(uuid4())
        identified = {**headers, "client-request-id": identity}
        with self._traffic.turn(load, self._wait_for_turn):
            began = time.monotonic()
            with exchange(method, url, identity) as note:
                answer = self._transport.send(method, url, headers=identified, body=body, token=token)
                note(answer.status)
        if answer.status == _TOO_MANY:
            self._traffic.slow_down(load, began, parse_retry_after(answer.headers))
        return answer

    def _wait_for_turn(self, seconds: float) -> None:
        if seconds > _SECONDS_TO_TELL and self._on_throttle:
            self._on_throttle(Throttled(seconds, 0, THROTTLED, None))
        self._wait(seconds)
