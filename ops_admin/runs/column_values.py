"""The column values of a change: normalised, and with nothing that the ledger must not keep (R7, R8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from ops_admin import redaction
from ops_admin.access.models import DbUser
from ops_admin.infra.database import db, utcnow
from ops_admin.runs import counts as count_rules
from ops_admin.runs import failures
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, NewRun, Run
from ops_admin.runs.rows import failures_from
from ops_admin.runs.statements import Entry, runs
from ops_admin.runs.states import Outcome, Status


@dataclass(frozen=True)
class Note:
    """Who did what: the history line that a change leaves."""

    actor: Actor
    event: HistoryEvent


def first_values(new: NewRun) -> dict[str, object]:
    """The columns of a run that is being created."""
    now = utcnow()
    return {
        "workspace_id": new.workspace_id,
        "tenant_id": new.tenant_id,
        "user_id": new.user_id,
        "initiator_name": new.initiator_name,
        "type": new.type,
        "status": Status.QUEUED,
        "outcome": Outcome.PENDING,
        "run_identity_hash": new.run_identity_hash,
        "context": redaction.scrub_context(new.context),
        "summary_counts": {},
        "failure_summary": [],
        "revision": 1,
        "attempt": 1,
        "claim": 0,
        "created_at": now,
        "updated_at": now,
    }


def history_entry(run_id: int | None, before: str | None, note: Note) -> Entry:
    """The history line of a change. `before` is the status that the run had, None for a new run."""
    data = redaction.scrub_context(note.event.data)
    if run_id is not None and isinstance(data.get("message"), str):
        # What an event says in words is the message of a failure.
        data["message"] = redaction.sanitise(str(data["message"]), _people(run_id))
    return Entry(
        from_status=before,
        actor=note.actor.name[:200],
        actor_id=note.actor.user_id,
        reason=redaction.sanitise(note.event.summary),
        event_type=note.event.type,
        data=data,
    )


def results(run_id: int, counts: Mapping[str, int], recorded: Iterable[Failure]) -> dict[str, Any]:
    """What a run has achieved so far: its counts and its failures."""
    return {"summary_counts": count_rules.normalise(counts)} | _failures(run_id, recorded)


def ending(
    run_id: int, outcome: Outcome, counts: Mapping[str, int] | None, recorded: Iterable[Failure]
) -> dict[str, Any]:
    """The columns that end a run. Without `counts`, those written before are kept."""
    if outcome is Outcome.PENDING:
        raise ValueError("a run cannot end as pending")
    found = _failures(run_id, recorded) if counts is None else results(run_id, counts, recorded)
    return {"status": Status.COMPLETED, "outcome": outcome, "completed_at": utcnow(), **found}


def foreseen(run: Run, changes: Mapping[str, Any]) -> Run:
    """The claimed run as it will be once `changes` are written."""
    return replace(
        run,
        status=changes["status"],
        outcome=changes["outcome"],
        completed_at=changes["completed_at"],
        counts=changes["summary_counts"],
        failures=failures_from(changes["failure_summary"]),
    )


def _failures(run_id: int, recorded: Iterable[Failure]) -> dict[str, Any]:
    given = list(recorded)
    says_something = any(failure.message for failure in given)
    entries = failures.normalise(given, _people(run_id) if says_something else ())
    return {"failure_summary": failures.as_json(entries)}


def _people(run_id: int) -> frozenset[str]:
    """Return the names that no failure of a run may keep: of everybody with an account, and its initiator's (R7)."""
    initiator = select(runs.c.initiator_name).where(runs.c.id == run_id)
    return frozenset(db.session.scalars(select(DbUser.display_name).union(initiator)))
