"""The answer for a run that is not in the ledger, or that this reader may not see."""

from flask import Response, abort
from flask_babel import format_date
from flask_babel import gettext as _

from ops_admin.access.rights import current_rights
from ops_admin.runs.old_run_queries import find_pruning
from ops_admin.web import errors


def answer_missing(run_id: int) -> Response:
    """Answer 404, or 410 if pruning may have deleted the run: old links still lead here (R48).

    A deleted run and a run of another workspace get the same answer (R36).
    """
    pruning = find_pruning(current_rights().workspaces, run_id) if run_id < 2**63 else None
    if pruning is None:
        abort(404)
    day = format_date(pruning.ended_before)
    text = _("Run #%(id)s is not here. Runs that ended before %(day)s were pruned; it may be one.", id=run_id, day=day)
    return errors.answer(410, text)
