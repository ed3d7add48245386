"""Retention (R48): deletes old runs in small batches, with a rest after each so that other writers get their turn.

It never deletes an active run, nor one that something still refers to; features declare such references with
`keep_for`. Other records that grow old (ended sign-ins, read notifications, …) are deleted as well (`prune_besides`).
"""

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext, lazy_gettext

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import list_workspaces
from ops_admin.config import MOST_RETENTION_DAYS, Settings
from ops_admin.features import Hold, Retention
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.runs import codes, old_run_queries, queries, service
from ops_admin.runs.actors import BY_HAND
from ops_admin.runs.catalog import CountWords, InvalidInputs, OperationType
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.old_run_queries import OldRun

PRUNE = "ops.prune"
OLDER_THAN = "older_than_days"
SWEPT = "swept"
MOST_DAYS = MOST_RETENTION_DAYS
# A missed hour is caught up in the next one; once a day is enough for a ledger that is pruned.
EVERY = timedelta(hours=20)

logger = logging.getLogger(__name__)

_holds: dict[Hold, None] = {}
_retentions: dict[str, Retention] = {}


def keep_for(hold: Hold) -> None:
    """Register `hold`, which says which of some runs are still referred to. Those are kept."""
    _holds[hold] = None


def prune_besides(retention: Retention) -> None:
    """Register another kind of record to delete when it has grown old."""
    _retentions[retention.name] = retention


@dataclass
class Pace:
    """How many rows to delete in one transaction, so that nobody waits longer than a moment.

    After each batch, pruning rests for as long as the batch took, so that others get at least half of the time. Batches
    below `least` would hardly be faster: the fixed cost of a transaction then dominates.
    """

    size: int = 100
    least: int = 100
    most: int = 1000
    seconds: float = 0.03

    def rest_after(self, seconds: float) -> float:
        """Adapt the batch size to how long a batch took, and return how long to rest."""
        factor = 2 if seconds < self.seconds / 2 else 0.5 if seconds > self.seconds else 1
        self.size = max(self.least, min(self.most, int(self.size * factor)))
        return seconds


def prune(handle: RunHandle) -> None:
    """Delete the workspace's runs that ended long ago, and other records of that age from all workspaces.

    `processed` counts the runs looked at, `deleted` those deleted, `skipped` those kept. `items` counts the other
    records; the context has them by name (`swept`). A kind of record that cannot be deleted is reported as a failure
    and does not hold up the rest.

    The other records go first, since some would otherwise be deleted with their run and counted nowhere. A run that
    somebody from a workspace started again does not touch them.
    """
    before = _moment(handle.inputs)
    _begin_to_count(handle, before)
    run = queries.get_run(handle.run_id)
    swept = dict(swept_by(run))
    # Records shared by all workspaces are not for a member of one workspace to delete.
    for retention in _retentions.values() if run.user_id is None else ():
        _remove_all(handle, retention, before, swept)
    pace = Pace()
    for page in _pages(handle.workspace_id, before, pace):
        begun = time.monotonic()
        gone = prune_page(handle.workspace_id, page, before)
        handle.count(processed=len(page), succeeded=gone, deleted=gone, skipped=len(page) - gone)
        handle.wait(pace.rest_after(time.monotonic() - begun))


def _begin_to_count(handle: RunHandle, before: datetime) -> None:
    """Count from zero or, once requeued, from what is already deleted. Runs that were kept are looked at again."""
    gone, items = (handle.counted_before.get(name, 0) for name in ("deleted", "items"))
    total = gone + old_run_queries.count_old_runs(handle.workspace_id, before)
    handle.progress(total=total, processed=gone, succeeded=gone, deleted=gone, skipped=0, items=items)


def prune_page(workspace_id: int, page: Collection[OldRun], before: datetime) -> int:
    """Delete the runs of a page that nothing refers to, and return how many.

    Holds are checked in the same transaction.
    """
    with transaction():
        return len(service.prune(workspace_id, _free(page), before))


@dataclass(frozen=True)
class Forecast:
    """What pruning would delete, and which old runs it would keep."""

    deleted: int
    kept: int


def foresee(workspace_id: int, before: datetime) -> Forecast:
    """Return what pruning a workspace would do, without doing it."""
    deleted = looked_at = 0
    for page in _pages(workspace_id, before, Pace(size=1000)):
        deleted, looked_at = deleted + len(_free(page)), looked_at + len(page)
    return Forecast(deleted, looked_at - deleted)


def count_old_records(before: datetime) -> Mapping[str, int]:
    """Return how many other records are older than `before`, by name."""
    return {retention.name: retention.count(before) for retention in _retentions.values()}


def swept_by(run: Run) -> Mapping[str, int]:
    """Return how many records other than runs a run has deleted, in all workspaces, by name."""
    swept = run.context.get(SWEPT)
    return swept if isinstance(swept, dict) else {}


def start_prune(workspace_id: int, days: int, *, by_hand: bool = False) -> Started:
    """Start pruning a workspace, or return the run that is already doing so: pruning never overlaps itself (R5).

    `by_hand` marks a start from the command line, whose initiator is System as well.
    """
    context = {BY_HAND: True} if by_hand else {}
    return start(PRUNE, actor=Actor.system(), workspace_id=workspace_id, inputs={OLDER_THAN: days}, context=context)


def prune_when_due() -> None:
    """Once a day, start pruning each workspace that has something old enough, provided a retention is set."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.retention_days is None:
        return
    for workspace in list_workspaces():
        if _is_due(workspace.id, utcnow() - timedelta(days=settings.retention_days)):
            start_prune(workspace.id, settings.retention_days)


def _is_due(workspace_id: int, before: datetime) -> bool:
    if old_run_queries.was_done_since(PRUNE, workspace_id, utcnow() - EVERY):
        return False
    return any(_free(page) for page in _pages(workspace_id, before, Pace())) or any(count_old_records(before).values())


def _pages(workspace_id: int, before: datetime, pace: Pace) -> Iterator[list[OldRun]]:
    last: OldRun | None = None
    while page := old_run_queries.list_old_runs(workspace_id, before, last, pace.size):
        # End the read transaction, so that no snapshot is held while the consumer works or rests.
        db.session.commit()
        last = page[-1]
        yield page


def _free(page: Collection[OldRun]) -> list[int]:
    ended = [run.id for run in page if run.has_ended]
    held = {run_id for hold in _holds for run_id in hold(ended)} if ended else set()
    return [run_id for run_id in ended if run_id not in held]


def _remove_all(handle: RunHandle, retention: Retention, before: datetime, swept: dict[str, int]) -> None:
    """Delete the records batch by batch, reporting after each how many are gone."""
    pace = Pace()
    while True:
        begun = time.monotonic()
        removed = _try_to_remove(retention, before, pace.size)
        if removed is None:
            handle.failure(codes.SWEEP_FAILED, retention.name)
        if not removed:
            return
        swept[retention.name] = swept.get(retention.name, 0) + removed
        handle.count(items=removed)
        handle.update_context(**{SWEPT: swept})
        handle.wait(pace.rest_after(time.monotonic() - begun))


def _try_to_remove(retention: Retention, before: datetime, limit: int) -> int | None:
    """Delete one batch. Returns None if that failed, which must not hold up anything else."""
    try:
        return retention.remove(before, limit)
    except DATABASE_AWAY:
        raise
    except Exception:
        logger.exception("%s could not be pruned", retention.name)
        return None


def _moment(inputs: Mapping[str, object]) -> datetime:
    days = inputs[OLDER_THAN]
    return utcnow() - timedelta(days=days if isinstance(days, int) else MOST_DAYS)


def _parse(raw: Mapping[str, object]) -> dict[str, object]:
    unknown = {str(name): gettext("This operation takes no such input.") for name in raw.keys() - {OLDER_THAN}}
    days = raw.get(OLDER_THAN)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        unknown[OLDER_THAN] = gettext("Give a number of days from 1 to %(most)s.", most=MOST_DAYS)
    if unknown:
        raise InvalidInputs(unknown)
    return {OLDER_THAN: days}


OPS_PRUNE = OperationType(
    key=PRUNE,
    label=lazy_gettext("Pruning of old runs"),
    capability=Capability.RUNS_PRUNE,
    handler=prune,
    scope="workspace",
    parse_inputs=_parse,
    resume="checkpoint",
    goes_on=True,
    skipped=lazy_gettext("old runs to which something still refers"),
    failure_codes={codes.SWEEP_FAILED: codes.LEDGER_CODES[codes.SWEEP_FAILED]},
    count_words={
        "total": CountWords(lazy_gettext("Old runs"), ""),
        "succeeded": CountWords(lazy_gettext("Done with"), ""),
        "deleted": CountWords(lazy_gettext("Runs deleted"), lazy_gettext("%(number)s runs deleted")),
        "skipped": CountWords(lazy_gettext("Runs kept"), lazy_gettext("%(number)s runs kept")),
        "items": CountWords(
            lazy_gettext("Of all workspaces"), lazy_gettext("%(number)s other old records of all workspaces deleted")
        ),
    },
)
