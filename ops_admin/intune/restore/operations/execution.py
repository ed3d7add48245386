"""`restore.execute` (R43): writes item by item, in such a way that nothing is written twice, whatever happens.

Before a policy is written, its row announces the write. Whoever continues after a crash finds the announcement and
checks the tenant before writing again. See docs/adr/0013-restore.md.
"""

import logging
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from ops_admin.graph.assigning import InvalidAssignment, assign
from ops_admin.graph.bodies import changes_of, leaves_surplus
from ops_admin.graph.errors import NOT_FOUND, THROTTLED, TIMEOUT, UNAUTHORIZED, UNAVAILABLE, GraphError, Repeat
from ops_admin.graph.unwritable import needs_package
from ops_admin.graph.writing import create_policy, move_up, update_policy
from ops_admin.intune.assignments.mapping import INVALID, InvalidAssignments
from ops_admin.intune.restore import codes, queries
from ops_admin.intune.restore.operations.changes import fingerprint
from ops_admin.intune.restore.operations.context import Context, open_context
from ops_admin.intune.restore.operations.desired import Wanted, differ
from ops_admin.intune.restore.operations.failing import OF_THE_RUN, code_of, tell
from ops_admin.intune.restore.operations.live import find_kind
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.operations.secrets import check_secrets
from ops_admin.intune.restore.queries import RestoreItem
from ops_admin.intune.restore.reach import Reach, find_reach, targets_of
from ops_admin.intune.restore.reaching import is_dropped, written_reach
from ops_admin.intune.restore.results import ItemLog
from ops_admin.intune.restore.states import DONE, Action, ItemState, MatchRule, RestoreStatus
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle

logger = logging.getLogger(__name__)

# After this many items in a row without an answer from Graph, the rest is left for another execution.
MOST_OUTAGES = 3
# How often a create is sent that Graph cannot serve at the moment, and the longest wait between two, in seconds.
MOST_CREATES = 4
LONGEST_PAUSE = 60.0
_OUTAGES = frozenset({UNAVAILABLE, TIMEOUT, THROTTLED, UNAUTHORIZED})


class NotWritten(Exception):
    """An item that we decided not to write. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Execution:
    """One run's work on a restore."""

    context: Context
    log: ItemLog
    outages: int = 0
    created_here: set[str] = field(default_factory=set)

    @property
    def handle(self) -> RunHandle:
        """The run's handle."""
        return self.context.handle


def execute_restore(handle: RunHandle) -> None:
    """Write what the preview announced, continuing where an earlier execution ended."""
    with open_context(handle, is_executing=True) as context:
        restore = context.restore
        if restore.operation_run_id != handle.run_id or restore.status != RestoreStatus.RUNNING:
            raise OperationFailed(codes.NOT_READY)
        context.look_for_groups()
        execution = Execution(context, ItemLog(restore.id, handle.run_id))
        items = context.in_order(queries.all_items(restore.id))
        handle.progress(total=len(items), processed=0, succeeded=0, failed=0, skipped=0, created=0, updated=0)
        for item in [item for item in items if is_done(item)]:
            _tell_dropped(handle, item)
            _count(handle, item)
        for item in [item for item in items if not is_done(item)]:
            handle.checkpoint()
            if execution.outages >= MOST_OUTAGES:
                handle.failure(codes.STOPPED)
                break
            _restore_item(execution, item)
        handle.update_context(assignments=str(restore.assign_mode), reach=written_reach(restore).as_counts())


def is_done(item: RestoreItem) -> bool:
    """Whether an execution leaves the item alone."""
    return item.state in DONE and item.assignments_state in (None, *DONE)


def _restore_item(execution: Execution, item: RestoreItem) -> None:
    """Write one item. An error affects only this item; the next one is processed regardless."""
    try:
        error = _write_item(execution, item)
    except OF_THE_RUN:
        raise
    except (GraphError, NotWritable, NotWritten) as refused:
        error = refused
        _note_failure(execution, item, error)
    except Exception as unexpected:
        logger.exception("run %s cannot write item %s", execution.handle.run_id, item.id)
        error = unexpected
        _note_failure(execution, item, error)
    _finish(execution, item, error)


def _write_item(execution: Execution, item: RestoreItem) -> Exception | None:
    """Write the policy, then its assignments. Returns why the assignments could not be written."""
    if not _is_to_be_written(execution, item):
        return None
    wanted = execution.context.want(item)
    target = _write_content(execution, item, wanted)
    return _write_assignments(execution, item, wanted, target)


def _note_failure(execution: Execution, item: RestoreItem, error: Exception) -> None:
    """Record the failure. A policy that was written stays so, whatever happens to its assignments."""
    if _reread(item).state in DONE:
        execution.log.assigned(item.id, ItemState.FAILED, code=code_of(error))
    else:
        execution.log.failed(item.id, code_of(error))


def _is_to_be_written(execution: Execution, item: RestoreItem) -> bool:
    """Whether to write the item. Raises NotWritten if the preview found it impossible or undecided."""
    if item.action == Action.SKIP and (item.problem_code is None or item.problem_code in codes.ON_PURPOSE):
        execution.log.skipped(item.id, item.problem_code)
        return False
    if item.problem_code is not None:
        raise NotWritten(item.problem_code)
    if item.action is None or item.action == Action.CONFLICT:
        raise NotWritten(codes.CONFLICT if item.action else codes.NOT_READY)
    return True


def _write_content(execution: Execution, item: RestoreItem, wanted: Wanted) -> str:
    """Make the tenant hold the policy and return its id there. Raises GraphError, NotWritten."""
    if item.state in DONE and (done := item.written_external_id):
        return done
    if set(wanted.tags) - set(item.replaced_tags or ()):  # a tag has gone since the preview
        raise NotWritten(codes.TARGET_CHANGED)
    target = item.target_external_id
    if item.action == Action.CREATE:
        target = _find_made_before(execution, item, wanted)
        if target is None:
            return _create(execution, item, wanted)
        is_announced = True
    else:
        is_announced = item.begun_at is not None
    if target is None:
        raise NotWritten(codes.NOT_READY)
    return _update(execution, item, wanted, target, is_announced=is_announced)


def _find_made_before(execution: Execution, item: RestoreItem, wanted: Wanted) -> str | None:
    """Return the policy that an earlier attempt created for this item, or None. Raises NotWritten, GraphError.

    A known id is looked up directly, because the list may not yet show a policy created a moment ago.
    """
    live = execution.context.live
    if item.written_external_id and live.holds(wanted.policy_type, item.written_external_id):
        return item.written_external_id
    detail = queries.find_detail(item.restore_run_id, item.id)
    if detail is None or detail.before_ids is None:
        return None
    others = _written_by_others(item)
    named = live.index(wanted.policy_type).ids_of_name(wanted.name, find_kind(wanted.content, wanted.policy_type))
    new = [each for each in named if each not in detail.before_ids and each not in others]
    if len(new) > 1:
        new = [each for each in new if not _changes(execution, wanted, each)]
    if len(new) > 1:
        raise NotWritten(codes.AMBIGUOUS)
    return new[0] if new else None


def _written_by_others(item: RestoreItem) -> frozenset[str]:
    return queries.written_by_others(item.restore_run_id, item.id)


def _changes(execution: Execution, wanted: Wanted, external_id: str) -> frozenset[str]:
    live = execution.context.live.read(wanted.policy_type, external_id)
    return changes_of(wanted.content, live, wanted.policy_type)


def _create(execution: Execution, item: RestoreItem, wanted: Wanted) -> str:
    check_secrets(wanted.content, wanted.secrets)
    live, policy_type = execution.context.live, wanted.policy_type
    index = live.index(policy_type)
    present = [*index.ids_of_name(wanted.name, find_kind(wanted.content, wanted.policy_type))]
    was_tried = item.begun_at is not None
    if present and item.matched_by != MatchRule.CHOICE and not was_tried and set(present) - _written_by_others(item):
        raise NotWritten(codes.TARGET_CHANGED)
    if needs_package(wanted.content, policy_type.key):
        raise NotWritten(codes.PACKAGE_MISSING)
    execution.log.announce(item.id, None if was_tried else present)
    for tries_left in reversed(range(1 if execution.outages else MOST_CREATES)):
        try:
            made = create_policy(
                execution.context.client,
                policy_type,
                wanted.content,
                lambda external_id: execution.log.created(item.id, external_id),
                wanted.secrets,
            )
        except GraphError as error:
            found = _look_after_silence(execution, item, wanted, error, tries_left)
            if found is not None:
                return _update(execution, item, wanted, found, is_announced=True)
        else:
            break
    live.index(policy_type).add(made.external_id, wanted.content)
    execution.created_here.add(made.external_id)
    execution.log.written(item.id, made.external_id, to_assign=_is_to_be_assigned(item, wanted))
    return made.external_id


def _look_after_silence(
    execution: Execution, item: RestoreItem, wanted: Wanted, error: GraphError, tries_left: int
) -> str | None:
    """Find out whether an unanswered create was carried out, and return what it created, to be completed.

    None if it created nothing and may be sent again. Raises `error` if it may not.
    """
    if error.repeat is not Repeat.IF_IDEMPOTENT and (error.status or 0) < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    pause = error.retry_after if error.retry_after is not None else float(2 ** (MOST_CREATES - tries_left))
    is_tried_again = error.status == HTTPStatus.SERVICE_UNAVAILABLE and tries_left > 0 and pause <= LONGEST_PAUSE
    if is_tried_again:
        execution.handle.wait(pause)
    execution.context.live.forget(wanted.policy_type)
    found = _find_made_before(execution, _reread(item), wanted)
    if found is None and not is_tried_again:
        raise error
    return found


def _reread(item: RestoreItem) -> RestoreItem:
    fresh = queries.find_item(item.id)
    return fresh if fresh is not None else item


def _update(execution: Execution, item: RestoreItem, wanted: Wanted, target: str, *, is_announced: bool) -> str:
    """Update an existing policy to what is wanted, unless it already matches.

    A policy whose write was never announced must still be as the preview saw it: other people's changes are not undone.
    """
    try:
        live = execution.context.live.read(wanted.policy_type, target)
    except GraphError as error:
        raise NotWritten(codes.TARGET_CHANGED) if error.code == NOT_FOUND else error from error
    if item.action == Action.CREATE:  # begun by an earlier attempt, and perhaps not moved to its place
        move_up(execution.context.client, wanted.policy_type, target, wanted.content, live)
    changed = changes_of(wanted.content, live, wanted.policy_type)
    if not changed:
        note = execution.log.written if is_announced else execution.log.unchanged
        note(item.id, target, to_assign=_is_to_be_assigned(item, wanted))
        return target
    if not is_announced and fingerprint(live, wanted.policy_type) != item.live_hash:
        raise NotWritten(codes.TARGET_CHANGED)
    check_secrets(wanted.content, wanted.secrets, changed)
    execution.log.announce(item.id)
    update_policy(execution.context.client, wanted.policy_type, target, wanted.content, live, wanted.secrets)
    if leaves_surplus(wanted.content, live, wanted.policy_type) and _changes(execution, wanted, target):
        raise NotWritten(codes.SURPLUS_STAYS)
    execution.log.written(item.id, target, to_assign=_is_to_be_assigned(item, wanted))
    return target


def _is_to_be_assigned(item: RestoreItem, wanted: Wanted) -> bool:
    """Whether anything remains to be done or reported about the item's assignments."""
    says_something = wanted.assignments is not None or wanted.assignments_problem is not None
    return wanted.policy_type.assignable and says_something and item.assignments_state not in DONE


def _write_assignments(execution: Execution, item: RestoreItem, wanted: Wanted, target: str) -> Exception | None:
    """Write the wanted assignments, as the restore's mode says. Returns why that failed."""
    if item.assignments_state in DONE or not wanted.policy_type.assignable:
        return None
    if wanted.assignments is None:
        if wanted.assignments_problem is None:
            return None
        execution.log.assigned(item.id, ItemState.FAILED, code=wanted.assignments_problem)
        return NotWritten(wanted.assignments_problem)
    try:
        state, reach = _assign(execution, item, wanted, target)
    except (GraphError, NotWritten) as error:
        execution.log.assigned(item.id, ItemState.FAILED, code=error.code)
        return error
    except (InvalidAssignment, InvalidAssignments):
        execution.log.assigned(item.id, ItemState.FAILED, code=INVALID)
        return NotWritten(INVALID)
    number = len(wanted.assignments)
    if wanted.assignments_problem is not None:
        execution.log.assigned(item.id, ItemState.FAILED, number, wanted.assignments_problem, reach)
        return NotWritten(wanted.assignments_problem)
    execution.log.assigned(item.id, state, number, codes.ASSIGNMENTS_DROPPED if wanted.dropped else None, reach)
    return None


def _assign(execution: Execution, item: RestoreItem, wanted: Wanted, target: str) -> tuple[ItemState, dict[str, Any]]:
    """Write the resulting set, and return whom the policy reached before and reaches now.

    A set that cannot be read is not replaced. Raises GraphError, NotWritten.
    """
    live, policy_type = execution.context.live, wanted.policy_type
    present = [] if target in execution.created_here else live.assignments(policy_type, target)
    resulting = wanted.resulting(present)
    reach = Reach(targets_of(present), targets_of(resulting))
    was_announced = item.assignments_state == ItemState.WRITING
    if not differ(policy_type, resulting, present):
        if was_announced and (planned := find_reach(item.reach)):
            reach = replace(reach, before=planned.before)
        state = ItemState.WRITTEN if was_announced else ItemState.UNCHANGED
        return state, execution.context.reach(wanted, reach)
    _refuse_unseen(item, reach)
    execution.log.announce_assignments(item.id)
    assign(execution.context.client, policy_type, target, resulting)
    return ItemState.WRITTEN, execution.context.reach(wanted, reach)


def _refuse_unseen(item: RestoreItem, reach: Reach) -> None:
    """Take away only what the preview saw: nobody confirmed the loss of what was assigned since."""
    planned = find_reach(item.reach)
    seen = {each.place for each in planned.before} if planned else set()
    left = {each.place for each in reach.after}
    if any(each.place not in seen | left for each in reach.before):
        raise NotWritten(codes.TARGET_CHANGED)


def _finish(execution: Execution, item: RestoreItem, error: Exception | None = None) -> None:
    """Count an item, and notice when Graph has stopped answering."""
    code = getattr(error, "code", None)
    execution.outages = execution.outages + 1 if code in _OUTAGES else 0
    fresh = _reread(item)
    if error is not None:
        tell(execution.handle, item, error)
    else:
        _tell_dropped(execution.handle, fresh)
    _count(execution.handle, fresh, failed=error is not None)


def _tell_dropped(handle: RunHandle, item: RestoreItem) -> None:
    """Report an item that was restored without some of its assignments: the run is partial then (R58)."""
    if is_dropped(item):
        tell(handle, item, NotWritten(codes.ASSIGNMENTS_DROPPED))


def _count(handle: RunHandle, item: RestoreItem, *, failed: bool = False) -> None:
    """Count an item for the restore as a whole, whichever run wrote it."""
    is_skipped = item.state == ItemState.SKIPPED
    is_written = ItemState.WRITTEN in (item.state, item.assignments_state)
    handle.count(
        processed=1,
        succeeded=int(not failed and not is_skipped),
        failed=int(failed),
        skipped=int(is_skipped),
        created=int(is_written and item.state == ItemState.WRITTEN and item.action == Action.CREATE),
        updated=int(is_written and item.action != Action.CREATE),
    )
