"""The user's decision on an item for which the preview found several candidates (R43)."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.models import DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.queries import Restore, RestoreItem, RestoreItemDetail
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.states import EXECUTABLE, Action, Choice, ItemState, MatchRule


class ChoiceRefused(ValueError):
    """The decision is not possible: nothing to decide, or the policy is not a candidate or belongs to another item."""


class ChoiceOutdated(ValueError):
    """Somebody else has decided since the page was loaded."""


def decide_conflict(
    restore: Restore, item_id: int, choice: Choice, external_id: str | None, *, seen: str | None = None
) -> None:
    """Record the decision. The preview stays valid, because it compared every candidate.

    `seen` is the decision that the caller knows of (`said_of`), or None to skip that check. Raises NotEditable while
    the restore is executing or once the item was attempted, ChoiceOutdated, ChoiceRefused.
    """
    with transaction() as session:
        query = select(DbRestoreRun.status).where(DbRestoreRun.id == restore.id).with_for_update()
        if session.execute(query).scalar_one() not in EXECUTABLE:
            raise NotEditable
        detail = queries.find_detail(restore.id, item_id)
        if detail is None or not detail.candidates:
            raise ChoiceRefused("nothing to decide")
        if detail.item.begun_at is not None or detail.item.state not in (ItemState.PENDING, ItemState.FAILED):
            raise NotEditable
        if seen is not None and seen != said_of(detail.item):
            raise ChoiceOutdated
        values = _values_of(session, detail, choice, external_id)
        session.execute(update(DbRestoreItem).where(DbRestoreItem.id == item_id).values(values))


def said_of(item: RestoreItem) -> str:
    """Return the decision on an item as the form encodes it; empty if there is none."""
    return ":".join(each for each in (item.choice, item.choice_external_id) if each)


def choose_again(session: Session, item_id: int, finding: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that apply an earlier decision to a new conflict.

    They reset the decision if it is no longer possible, and are empty if there was none.
    """
    item = queries.find_item(item_id)
    if item is None or item.choice is None:
        return {}
    try:
        return _decision(session, item, finding["candidates"], Choice(item.choice), item.choice_external_id)
    except ChoiceRefused:
        return {"choice": None, "choice_external_id": None}


def _values_of(session: Session, detail: RestoreItemDetail, choice: Choice, external_id: str | None) -> dict[str, Any]:
    undone = {"state": ItemState.PENDING, "failure_code": None}
    return undone | _decision(session, detail.item, detail.candidates, choice, external_id)


def _decision(
    session: Session, item: RestoreItem, candidates: list[dict[str, Any]], choice: Choice, external_id: str | None
) -> dict[str, Any]:
    if choice is Choice.UPDATE:
        candidate = next((each for each in candidates if each["external_id"] == external_id), None)
        if candidate is None:
            raise ChoiceRefused("no candidate")
        if _is_taken(session, item, candidate["external_id"]):
            raise ChoiceRefused("another item updates it")
        return _update_of(candidate)
    return {
        "choice": choice,
        "choice_external_id": None,
        "matched_by": MatchRule.CHOICE,
        "action": Action.CREATE if choice is Choice.CREATE else Action.SKIP,
        "target_external_id": None,
        "live_hash": None,
        "live_content": None,
        "live_assignments": None,
        "changes": None,
        "changes_total": 0,
        "assignments_change": None,
        "reach": candidates[0].get("reach_if_created") if choice is Choice.CREATE else None,
    }


def _update_of(candidate: dict[str, Any]) -> dict[str, Any]:
    changes = bool(candidate["changes_total"] or candidate["assignments_change"])
    kept = ("live_hash", "live_content", "live_assignments", "changes", "changes_total", "assignments_change", "reach")
    return {
        "choice": Choice.UPDATE,
        "choice_external_id": candidate["external_id"],
        "matched_by": MatchRule.CHOICE,
        "action": Action.UPDATE if changes else Action.UNCHANGED,
        "target_external_id": candidate["external_id"],
        **{name: candidate.get(name) for name in kept},
    }


def _is_taken(session: Session, item: RestoreItem, external_id: str) -> bool:
    query = select(DbRestoreItem.id).where(
        DbRestoreItem.restore_run_id == item.restore_run_id,
        DbRestoreItem.type == item.type,
        DbRestoreItem.target_external_id == external_id,
        DbRestoreItem.id != item.id,
    )
    return session.execute(query.limit(1)).first() is not None
