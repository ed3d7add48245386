"""What the database knows about the whole installation, for Prometheus: the same from every process.

Each query uses an index and reads active rows only; none reads the runs that have ended (R35).
"""

import logging
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError

from ops_admin.health import schedule, workers
from ops_admin.health.accounting import known_type
from ops_admin.health.queue_depth import look_at_queue
from ops_admin.infra.database import db, utcnow
from ops_admin.runs import queries

log = logging.getLogger(__name__)


class LedgerFacts:
    """A collector that queries at each scrape; needs an application context."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; if there is no database, only that one is missing."""
        try:
            found = [_active(), *_queue_workers_and_schedule()]
        except SQLAlchemyError:
            log.exception("the figures of the ledger could not be read")
            found = []
        finally:
            db.session.rollback()
        yield _gauge("ops_admin_database_up", "Whether the database answered this scrape.", int(bool(found)))
        yield from found


def _active() -> Metric:
    family = GaugeMetricFamily(
        "ops_admin_runs_active",
        "Runs that are queued, running, or awaiting a person's decision, by type.",
        labels=["type", "status"],
    )
    totals: dict[tuple[str, str], int] = {}
    for count in queries.count_active():
        key = (known_type(count.type), str(count.display))
        totals[key] = totals.get(key, 0) + count.number
    for labels, number in totals.items():
        family.add_metric(labels, number)
    return family


def _queue_workers_and_schedule() -> Iterator[Metric]:
    queue = look_at_queue()
    yield _gauge("ops_admin_queue_messages", "Messages that wait for a worker.", queue.depth)
    yield _gauge(
        "ops_admin_queue_oldest_seconds", "How long the run that waits longest has waited.", queue.oldest_seconds
    )
    yield _gauge("ops_admin_workers_alive", "Worker processes seen within half a minute.", workers.count_alive())
    at = schedule.last_tick()
    seconds = (utcnow() - at).total_seconds() if at is not None else float("inf")
    yield _gauge("ops_admin_schedule_age_seconds", "Since scheduled work was last done by a worker.", seconds)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)
