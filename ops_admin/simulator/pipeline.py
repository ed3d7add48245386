"""What every request goes through: latency, faults, token, limits, the answer, and the log."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ops_admin.simulator import approvals, auditing, delegated, permissions, routing
from ops_admin.simulator.batch import answer_batch
from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.faults import Faults
from ops_admin.simulator.journal import Journal
from ops_admin.simulator.login import LoginService
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.store import Store
from ops_admin.simulator.throttle import Throttle
from ops_admin.simulator.tokens import Claims, TokenMint, refused_token


@dataclass
class Pipeline:
    """The parts of one simulated service. `latency` is added to each request, in seconds."""

    store: Store
    mint: TokenMint
    login: LoginService
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    throttle: Throttle = field(default_factory=Throttle)
    latency: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - order of a batch's answers

    def serve(self, call: Call) -> Answer:
        """Return the answer to a Graph call. Never raises."""
        return self.guard(call, self._tenant_of(call), lambda: self._answer(call))

    def guard(self, call: Call, tenant_id: str | None, proceed: Callable[[], Answer]) -> Answer:
        """Call `proceed` with what surrounds every request: latency, faults and a log entry."""
        started = time.monotonic()
        if self.latency and not call.inner:
            time.sleep(self.latency)
        answer = self.faults.around(call, tenant_id, proceed)
        self.journal.add(
            at=timestamp(),
            method=call.method,
            path=call.path,
            query=urlencode(call.query, safe="$"),
            tenant=tenant_id,
            status=answer.status,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
            inner=call.inner,
            error=_words_of(answer),
            body=None if call.method == "GET" or call.segments == ("$batch",) else call.body,
        )
        return answer

    def _answer(self, call: Call) -> Answer:
        try:
            return self._authorised(call, self.mint.claims_of(call.header("Authorization")))
        except GraphError as error:
            return failed(call, error)

    def _authorised(self, call: Call, claims: Claims) -> Answer:
        if call.segments == ("$batch",) and call.method == "POST":
            return answer_batch(call, self.serve, self.chance)
        self.throttle.check(call, claims["tid"], str(claims.get("appid")))
        with self.store.lock:
            tenant = self.store.tenants.get(claims["tid"])
            if tenant is None:
                raise refused_token("The tenant of the token is unknown.")
            delegated.check(call, claims)
            if delegated.is_about_me(call):
                return delegated.read_me(call, tenant, claims)
            permissions.check(call, tenant.conduct.withheld)
            request = approvals.admit(call, tenant)
            tenant.changes.clear()
            answer = routing.answer(call, tenant)
            approvals.complete(tenant, request)
            auditing.record(tenant, auditing.application(str(claims.get("appid"))), routing.action_of(call))
            return answer

    def _tenant_of(self, call: Call) -> str | None:
        """Return the tenant of a request, for fault rules and the log. None without a valid token."""
        try:
            return str(self.mint.claims_of(call.header("Authorization"))["tid"])
        except GraphError:
            return None


def _words_of(answer: Answer) -> str | None:
    """Return the message of an error."""
    error = answer.body.get("error") if answer.status >= 400 and isinstance(answer.body, dict) else None
    return str(error.get("message")) if isinstance(error, dict) else None


def failed(call: Call, error: GraphError) -> Answer:
    """Return an error as an answer."""
    body = error.envelope(call.header("client-request-id"))
    return Answer(error.status, body, dict(error.headers))
