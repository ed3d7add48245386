"""Retention (R48): old runs are deleted, in small bites between which everyone else gets a turn.

Never an active run, and never one to which something living refers; each feature says what that is (`keep_for`). What
grows old beside the runs (ended sign-ins, read notifications, …) goes along (`prune_besides`).
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
# A missed hour is made up for in the next one; a ledger that is pruned needs it once a day.
EVERY = timedelta(hours=20)

logger = logging.getLogger(__name__)

_holds: dict[Hold, None] = {}
_retentions: dict[str, Retention] = {}


def keep_for(hold: Hold) -> None:
    """Let pruning ask `hold` which of some runs are still referred to; those stay."""
    _holds[hold] = None


def prune_besides(retention: Retention) -> None:
    """Let pruning delete other records that have grown old, too."""
    _retentions[retention.name] = retention


@dataclass
class Pace:
    """How much is deleted in one transaction, so that it holds nobody up for longer than a moment.

    After each the deleting rests as long as it took: at least half of the time belongs to the others. Fewer rows than
    `least` would not be faster by much: what a transaction costs by itself then counts for more.
    """

    size: int = 100
    least: int = 100
    most: int = 1000
    seconds: float = 0.03

    def rest_after(self, seconds: float) -> float:
        """Learn how long a bite took, and return how long to rest."""
        factor = 2 if seconds < self.seconds / 2 else 0.5 if seconds > self.seconds else 1
        self.size = max(self.least, min(self.most, int(self.size * factor)))
        return seconds


def prune(handle: RunHandle) -> None:
    """Delete the runs of the workspace that ended long ago, and what else is that old, of all workspaces.

    `processed` counts the runs looked at, `deleted` those that went, `skipped` those that had to stay; `items` what
    was deleted besides, of which the context says what it was (`swept`). What of that cannot be deleted is a failure
    of its own; a run that somebody of a workspace started again leaves it alone. It goes first: some of it would go
    with its run otherwise, and be counted nowhere.
    """
    before = _moment(handle.inputs)
    _begin_to_count(handle, before)
    run = queries.get_run(handle.run_id)
    swept = dict(swept_by(run))
    # What belongs to all workspaces is not for somebody of one of them to delete.
    for retention in _retentions.values() if run.user_id is None else ():
        _remove_all(handle, retention, before, swept)
    pace = Pace()
    for page in _pages(handle.workspace_id, before, pace):
        begun = time.monotonic()
        gone = prune_page(handle.workspace_id, page, before)
        handle.count(processed=len(page), succeeded=gone, deleted=gone, skipped=len(page) - gone)
        handle.wait(pace.rest_after(time.monotonic() - begun))


def _begin_to_count(handle: RunHandle, before: datetime) -> None:
    """Count from zero or, after a hand-back, from what is gone already: what had to stay is looked at again."""
    gone, items = (handle.counted_before.get(name, 0) for name in ("deleted", "items"))
    total = gone + old_run_queries.count_old_runs(handle.workspace_id, before)
    handle.progress(total=total, processed=gone, succeeded=gone, deleted=gone, skipped=0, items=items)


def prune_page(workspace_id: int, page: Collection[OldRun], before: datetime) -> int:
    """Delete those of a page that may go; returns how many. What holds a run is asked in the same transaction."""
    with transaction():
        return len(service.prune(workspace_id, _free(page), before))


@dataclass(frozen=True)
class Forecast:
    """What pruning would delete, and what it would keep although it is old."""

    deleted: int
    kept: int


def foresee(workspace_id: int, before: datetime) -> Forecast:
    """Say what pruning a workspace would do, without doing it."""
    deleted = looked_at = 0
    for page in _pages(workspace_id, before, Pace(size=1000)):
        deleted, looked_at = deleted + len(_free(page)), looked_at + len(page)
    return Forecast(deleted, looked_at - deleted)


def count_old_records(before: datetime) -> Mapping[str, int]:
    """Return how much else is older than `before`, by its name."""
    return {retention.name: retention.count(before) for retention in _retentions.values()}


def swept_by(run: Run) -> Mapping[str, int]:
    """Return what a run has deleted besides runs, of all workspaces: how much, by its name."""
    swept = run.context.get(SWEPT)
    return swept if isinstance(swept, dict) else {}


def start_prune(workspace_id: int, days: int, *, by_hand: bool = False) -> Started:
    """Start pruning a workspace, or find the run that does it already: it never overlaps itself (R5).

    `by_hand`: at the command line, whose initiator is System as well.
    """
    context = {BY_HAND: True} if by_hand else {}
    return start(PRUNE, actor=Actor.system(), workspace_id=workspace_id, inputs={OLDER_THAN: days}, context=context)


def prune_when_due() -> None:
    """Once a day start pruning each workspace in which something is old enough, if a retention is set at all."""
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
        # What was read is read: no snapshot is held while the consumer works or rests.
        db.session.commit()
        last = page[-1]
        yield page


def _free(page: Collection[OldRun]) -> list[int]:
    ended = [run.id for run in page if run.has_ended]
    held = {run_id for hold in _holds for run_id in hold(ended)} if ended else set()
    return [run_id for run_id in ended if run_id not in held]


def _remove_all(handle: RunHandle, retention: Retention, before: datetime, swept: dict[str, int]) -> None:
    """Delete it bite by bite, and say after each how much of it is gone."""
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
    """Delete some of it; None when that did not work, which holds up nothing else."""
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
