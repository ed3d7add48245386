"""Figures and log lines of runs that this process started or ended; the ledger itself is asked in `ledger_facts`."""

import logging

from ops_admin.runs import events
from ops_admin.runs.catalog import catalog
from ops_admin.runs.ledger import Run
from ops_admin.telemetry import metrics
from ops_admin.telemetry.fields import lines_carry

log = logging.getLogger(__name__)


def note_start(event: events.RunEvent) -> None:
    """Count a run that was made; its line carries the id of the request that asked for it."""
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
    with lines_carry(run_id=run.id, operation=run.type, tenant_id=run.tenant_id):
        log.info("run %s ended as %s%s", run.id, run.outcome, _reasons(run))


def known_type(key: str) -> str:
    """Return the type of a run, or one word for all that the catalog does not know: a label takes few values."""
    return key if catalog.find(key) is not None else "unknown"


def _reasons(run: Run) -> str:
    return ": " + ", ".join(sorted({failure.code for failure in run.failures})) if run.failures else ""
