"""`/healthz` (the process is alive), `/readyz` (it can do its job), `/metrics`."""

import logging

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
    """Answer 200: the process serves requests."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Answer 200 if this process can serve, else 503 with what is missing.

    Apart from the database, nothing is checked that affects all processes: a load balancer would remove all of them
    because no worker is alive, which makes it worse. `ops-admin doctor` and `/metrics` report that.
    """
    checks = {name: check for feature in features_of(current_app) for name, check in feature.health.items()}
    for name, check in checks.items():
        try:
            check()
        except Exception as error:  # any error means "not ready"; the details belong in the log only
            log.exception("not ready: %s", name)
            return {"status": "unavailable", "reason": name, "error": type(error).__name__}, 503
    return {"status": "ok"}


@blueprint.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    """Answer Prometheus: the metrics of this process, and the ledger's."""
    settings: Settings = current_app.config["SETTINGS"]
    return answer(settings.metrics_token, request.headers.get("Authorization"), LedgerFacts())
