"""Metrics and log lines of runs that this process started or ended; see `ledger_facts` for the ledger's."""

import logging

from ops_admin.runs import events
from ops_admin.runs.catalog import catalog
from ops_admin.telemetry import metrics
from ops_admin.telemetry.fields import lines_carry

log = logging.getLogger(__name__)


def note_start(event: events.RunEvent) -> None:
    """Count a new run; its log line has the id of the request that started it."""
    run = event.run
    metrics.runs_enqueued.labels(known_type(run.type)).inc()
    with lines_carry(run_id=run.id, operation=run.type, tenant_id=run.tenant_id):
        log.info("run %s is queued", run.id)


def note_end(event: events.RunEvent) -> None:
    """Count a run that ended, whoever ended it."""
    run = event.run
    metrics.runs_ended.labels(known_type(run.type), run.outcome).inc()
    if run.started_at is not None and run.completed_at is not None:
        seconds = (run.completed_at - run.started_at).total_seconds()
        metrics.run_seconds.labels(known_type(run.type)).observe(max(0.0, seconds))
    codes = sorted({failure.code for failure in run.failures})
    with lines_carry(run_id=run.id, operation=run.type, tenant_id=run.tenant_id):
        log.info("run %s ended as %s%s", run.id, run.outcome, f": {', '.join(codes)}" if codes else "")


def known_type(key: str) -> str:
    """Return the type of a run, or "unknown" if the catalog does not have it: labels must have few values."""
    return key if catalog.find(key) is not None else "unknown"
