"""What every Graph call passes through: the token, then the answer, errors turned into their envelope."""

from __future__ import annotations

from dataclasses import dataclass

from ops_admin.simulator import routing
from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.store import Store, Tenant
from ops_admin.simulator.tokens import TokenMint, refused_token


@dataclass
class Pipeline:
    """The parts of one simulated service."""

    store: Store
    mint: TokenMint

    def serve(self, call: Call) -> Answer:
        """The answer to a call, never an exception."""
        try:
            with self.store.lock:
                return routing.answer(call, self._tenant(call))
        except GraphError as error:
            return failed(call, error)

    def _tenant(self, call: Call) -> Tenant:
        claims = self.mint.claims_of(call.header("Authorization"))
        tenant = self.store.tenants.get(claims["tid"])
        if tenant is None:
            raise refused_token("The tenant of the token is unknown.")
        return tenant


def failed(call: Call, error: GraphError) -> Answer:
    """An error as an answer."""
    body = error.envelope(call.header("client-request-id"))
    return Answer(error.status, body, dict(error.headers))
