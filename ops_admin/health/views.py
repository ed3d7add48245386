"""`/healthz` (this process lives), `/readyz` (it can also do its job), `/metrics`: for load balancers and probes."""

import logging
from collections.abc import Callable

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from ops_admin.access.guards import open_to_all
from ops_admin.config import Settings
from ops_admin.features import features_of
from ops_admin.health.exposition import answer
from ops_admin.health.ledger_facts import LedgerFacts

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to_all
def live() -> ResponseReturnValue:
    """Answer: the process serves requests."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Answer 200 when this process can serve, else 503 with what is missing.

    Nothing that ails all processes alike but the database is asked: a load balancer that took every one of them away
    because no worker lives would make it worse. `ops-admin doctor` and `/metrics` tell of that.
    """
    for name, check in _checks().items():
        try:
            check()
        except Exception as error:  # whatever it is, the answer is "not ready"; the details are for the log alone
            log.exception("not ready: %s", name)
            return {"status": "unavailable", "reason": name, "error": type(error).__name__}, 503
    return {"status": "ok"}


@blueprint.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    """Answer Prometheus: what this process counted, and what the ledger says now."""
    settings: Settings = current_app.config["SETTINGS"]
    return answer(settings.metrics_token, request.headers.get("Authorization"), LedgerFacts())


def _checks() -> dict[str, Callable[[], object]]:
    return {name: check for feature in features_of(current_app) for name, check in feature.health.items()}
