"""Queued work does not outlive its initiator's rights (R68)."""

import logging

from ops_admin.access.rights import Rights, rights_of
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.runs import codes, queries, service
from ops_admin.runs.authorization import is_revoked
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.states import Outcome, Status

logger = logging.getLogger(__name__)


def end_if_revoked(run: Run, rights: Rights | None, actor: Actor | None = None) -> bool:
    """End a queued run if its initiator, who now has `rights`, may no longer start it. Returns whether it was ended.

    A run waiting for a decision is kept: whoever decides starts it with their own rights (R43).
    """
    if run.status != Status.QUEUED or run.awaits_decision or not is_revoked(run, rights):
        return False
    service.finish(
        run.id,
        Outcome.FAILED,
        actor=actor or Actor.system(),
        recorded=[*run.failures, Failure(codes.ACCESS_REVOKED)],
        event=HistoryEvent.finished(codes.ACCESS_REVOKED),
        expect=[Status.QUEUED],
    )
    logger.warning("run %s (%s) was not begun: its initiator has lost the right to it", run.id, run.type)
    return True


def end_queued_runs_of(user_id: int) -> None:
    """End the queued runs that a user may no longer start. Called when the user's rights change."""
    rights = rights_of(user_id)
    for run in queries.queued_runs_of(user_id):
        try:
            end_if_revoked(run, rights)
        except DATABASE_AWAY:
            raise
        except Exception:  # one that cannot be judged must not keep the others
            logger.exception("run %s could not be ended after its initiator lost rights", run.id)
