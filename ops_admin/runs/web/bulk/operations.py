"""Bulk stops and restarts too large for a request: they are runs themselves, one for each workspace (R17, R44)."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import User, find_user
from ops_admin.access.rights import Rights, rights_of
from ops_admin.runs import queries
from ops_admin.runs.catalog import InvalidInputs, OperationType
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import STARTED_BY, Run
from ops_admin.runs.web.bulk import verdicts
from ops_admin.runs.web.bulk.choosing import RUN_IDS, read_run_ids
from ops_admin.runs.web.bulk.verdicts import Judge, Verdict

NOBODY = "bulk.nobody"
NOT_YOURS = "bulk.not_yours"
NOT_FOUND = "bulk.not_found"
IMPOSSIBLE = "bulk.impossible"
NOT_QUEUED = "bulk.not_queued"

# Rights are read again for each batch, so a right that is revoked meanwhile stops counting here.
BATCH = 50

_FAILURES = {
    Verdict.NOT_YOURS: NOT_YOURS,
    Verdict.NOT_FOUND: NOT_FOUND,
    Verdict.IMPOSSIBLE: IMPOSSIBLE,
    Verdict.NOT_QUEUED: NOT_QUEUED,
}
_DONE = {Verdict.CANCELLED, Verdict.ASKED, Verdict.STARTED}


def stop_runs(handle: RunHandle) -> None:
    """Ask each of the chosen runs to stop. `skipped` counts those that had ended or had been asked before."""
    _judge_all(handle, verdicts.stop)


def start_runs_again(handle: RunHandle) -> None:
    """Start each of the chosen runs again. `skipped` counts those for which another run is active or recent."""
    # The run may be requeued after a start whose commit it never heard of. Nothing is started twice.
    started = queries.retried_by(handle.workspace_id, handle.run_id) if handle.counted_before else frozenset()

    def start(run: Run, user: User, rights: Rights) -> Verdict:
        if run.id in started:
            return Verdict.STARTED
        return verdicts.start_again(run, user, rights, {STARTED_BY: handle.run_id})

    _judge_all(handle, start)


def parse_runs(raw: Mapping[str, object]) -> dict[str, object]:
    """Read the `run_ids` input. Raises InvalidInputs."""
    unknown = raw.keys() - {RUN_IDS}
    if unknown:
        raise InvalidInputs(dict.fromkeys(map(str, unknown), "This operation takes no such input."))
    return {RUN_IDS: read_run_ids(raw)}


def _judge_all(handle: RunHandle, judge: Judge) -> None:
    run_ids, user = read_run_ids(handle.inputs), _starter(handle)
    done = handle.take_up(total=len(run_ids), processed=0, succeeded=0, failed=0, skipped=0)
    for begin in range(done, len(run_ids), BATCH):
        handle.checkpoint()
        _judge_batch(handle, judge, run_ids[begin : begin + BATCH], user)


def _judge_batch(handle: RunHandle, judge: Judge, run_ids: Sequence[int], user: User) -> None:
    for verdict in verdicts.judge_each(judge, run_ids, user, rights_of(user.id)):
        code = _FAILURES.get(verdict)
        if code is not None:
            handle.failure(code)
        handle.count(
            processed=1,
            succeeded=int(verdict in _DONE),
            failed=int(code is not None),
            skipped=int(code is None and verdict not in _DONE),
        )


def _starter(handle: RunHandle) -> User:
    """Return the user whose rights count. Raises OperationFailed if the user is gone or disabled, or for System."""
    user_id = queries.get_run(handle.run_id).user_id
    user = find_user(user_id) if user_id is not None else None
    if user is None:
        raise OperationFailed(NOBODY)
    return user


_CODES: Mapping[str, object] = {
    NOBODY: _("Only a user who can still sign in may stop or start many runs: their rights decide on each."),
    NOT_YOURS: _("The right to stop or start this run was missing."),
    NOT_FOUND: _("There is no such run, or no right to see it."),
    IMPOSSIBLE: _("The operation cannot be started with these inputs any more."),
    NOT_QUEUED: _("The run could not be handed to the queue."),
}
STOP_RUNS = OperationType(
    key="ops.bulk_cancel",
    label=_("Stop runs"),
    capability=Capability.RUNS_CANCEL,
    handler=stop_runs,
    scope="workspace",
    identity_inputs=(RUN_IDS,),
    parse_inputs=parse_runs,
    skipped=_("runs that had ended, or had been asked to stop before"),
    failure_codes=_CODES,
    urgent=True,
    resume="checkpoint",
    goes_on=True,
)
START_RUNS_AGAIN = OperationType(
    key="ops.bulk_retry",
    label=_("Start runs again"),
    capability=Capability.INVENTORY_SYNC,
    handler=start_runs_again,
    scope="workspace",
    identity_inputs=(RUN_IDS,),
    parse_inputs=parse_runs,
    skipped=_("runs that have not ended, or for which the same is under way or was done a short while ago"),
    failure_codes=_CODES,
    resume="checkpoint",
    goes_on=True,
)
BULK_OPERATIONS: tuple[OperationType, ...] = (STOP_RUNS, START_RUNS_AGAIN)
