"""`/healthz` (this process lives), `/readyz` (it can also do its job), `/metrics`: for load balancers and probes."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from ops_admin.access.guards import open_to_all
from ops_admin.config import Settings
from ops_admin.health.checks import check_data_dir, check_database, check_migrated, check_queue
from ops_admin.health.exposition import answer
from ops_admin.health.ledger_facts import LedgerFacts

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)

_CHECKS: Final[Mapping[str, Callable[[], object]]] = {
    "database": check_database,
    "migrations": check_migrated,
    "queue": check_queue,
    "disk": check_data_dir,
}


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
    for name, check in _CHECKS.items():
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
