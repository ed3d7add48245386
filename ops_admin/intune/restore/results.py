"""Records the preview's and the execution's results for items: finding, announced write, outcome.

Every write of an execution is fenced: it takes effect only while the restore is running under that run. A worker that
was given up for lost and comes back learns here that another one has taken over.
"""

from typing import Any

from sqlalchemy import select, update

from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.restore.codes import EDITED, TAKEN_OVER
from ops_admin.intune.restore.decisions import choose_again
from ops_admin.intune.restore.models import DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.states import Action, ItemState, RestoreStatus
from ops_admin.runs.failures import OperationFailed

NO_FINDING: dict[str, Any] = {
    "action": None,
    "matched_by": None,
    "problem_code": None,
    "problem_detail": None,
    "replaced_tags": None,
    "candidates": None,
    "target_external_id": None,
    "live_content": None,
    "live_hash": None,
    "live_assignments": None,
    "changes": None,
    "changes_total": 0,
    "assignments_change": None,
    "reach": None,
    "assignments_failure_code": None,
}


def record_finding(restore_id: int, revision: int, preview_run_id: int, item_id: int, finding: dict[str, Any]) -> None:
    """Store what a preview found for an item. Raises OperationFailed if the restore was changed meanwhile.

    An earlier decision on a conflict carries over to the next preview as long as it is still possible.
    """
    fence = (
        select(DbRestoreRun.id)
        .where(
            DbRestoreRun.id == restore_id,
            DbRestoreRun.revision == revision,
            DbRestoreRun.status == RestoreStatus.DRAFT,
            DbRestoreRun.preview_run_id == preview_run_id,
        )
        .exists()
    )
    with transaction() as session:
        decided = choose_again(session, item_id, finding) if finding.get("action") == Action.CONFLICT else {}
        _change(item_id, fence, {**NO_FINDING, **finding, **decided}, EDITED)


class ItemLog:
    """Records the results of executing restore `restore_id` in run `run_id`. Raises OperationFailed once fenced off."""

    def __init__(self, restore_id: int, run_id: int) -> None:
        self._fence = (
            select(DbRestoreRun.id)
            .where(
                DbRestoreRun.id == restore_id,
                DbRestoreRun.operation_run_id == run_id,
                DbRestoreRun.status == RestoreStatus.RUNNING,
            )
            .exists()
        )

    def announce(self, item_id: int, before_ids: list[str] | None = None) -> None:
        """Record, before it happens, that the policy is about to be written.

        Whoever continues then checks the tenant first.
        """
        values: dict[str, Any] = {"state": ItemState.WRITING, "failure_code": None, "begun_at": utcnow()}
        self._write(item_id, values | ({} if before_ids is None else {"before_ids": before_ids}))

    def created(self, item_id: int, external_id: str) -> None:
        """Record a policy's id as soon as it is known, even if more of it has yet to be written."""
        self._write(item_id, {"written_external_id": external_id})

    def written(self, item_id: int, external_id: str, *, to_assign: bool) -> None:
        """The policy now matches the backup. `to_assign`: its assignments still have to be handled."""
        self._content(ItemState.WRITTEN, item_id, external_id, to_assign)

    def unchanged(self, item_id: int, external_id: str, *, to_assign: bool) -> None:
        """The policy already matched the backup."""
        self._content(ItemState.UNCHANGED, item_id, external_id, to_assign)

    def _content(self, state: ItemState, item_id: int, external_id: str, to_assign: bool) -> None:
        values: dict[str, Any] = {"state": state, "written_external_id": external_id, "failure_code": None}
        # In one statement, so that dying between policy and assignments leaves an item that is not done.
        assignments = {"assignments_state": ItemState.PENDING} if to_assign else {}
        self._write(item_id, values | assignments | {"ended_at": utcnow()})

    def skipped(self, item_id: int, code: str | None) -> None:
        """Nothing is written, on purpose."""
        self._write(item_id, {"state": ItemState.SKIPPED, "failure_code": code, "ended_at": utcnow()})

    def failed(self, item_id: int, code: str) -> None:
        """The policy could not be written."""
        self._write(item_id, {"state": ItemState.FAILED, "failure_code": code, "ended_at": utcnow()})

    def announce_assignments(self, item_id: int) -> None:
        """Record that the assignments are about to be written."""
        self._write(item_id, {"assignments_state": ItemState.WRITING, "assignments_failure_code": None})

    def assigned(
        self,
        item_id: int,
        state: ItemState,
        number: int = 0,
        code: str | None = None,
        reach: dict[str, Any] | None = None,
    ) -> None:
        """Record the result of the assignments; `number` of the wanted ones are in place.

        `reach` is whom the policy reached before and reaches now, if that was looked at.
        """
        values = {"assignments_state": state, "assignments_written": number, "assignments_failure_code": code}
        read = {} if reach is None else {"reach": reach}
        self._write(item_id, values | read | {"ended_at": utcnow()})

    def _write(self, item_id: int, values: dict[str, Any]) -> None:
        _change(item_id, self._fence, values, TAKEN_OVER)


def _change(item_id: int, fence: Any, values: dict[str, Any], refusal: str) -> None:
    statement = update(DbRestoreItem).where(DbRestoreItem.id == item_id, fence).values(values)
    with transaction() as session:
        changed = session.execute(statement.returning(DbRestoreItem.id)).one_or_none()
    if changed is None:
        raise OperationFailed(refusal)
