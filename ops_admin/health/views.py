"""`/healthz` (this process lives) and `/readyz` (it can also do its job): for load balancers and probes."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from ops_admin.access.guards import open_to_all
from ops_admin.health.checks import check_database, check_migrated, check_queue

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)

_CHECKS: Final[Mapping[str, Callable[[], object]]] = {
    "database": check_database,
    "migrations": check_migrated,
    "queue": check_queue,
}


@blueprint.get("/healthz")
@open_to_all
def live() -> ResponseReturnValue:
    """Answer: the process serves requests."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Answer 200 when database and queue can be reached, else 503 with what cannot."""
    for name, check in _CHECKS.items():
        try:
            check()
        except Exception as error:  # whatever it is, the answer is "not ready"; the details are for the log alone
            log.exception("not ready: %s", name)
            return {"status": "unavailable", "reason": name, "error": type(error).__name__}, 503
    return {"status": "ok"}
