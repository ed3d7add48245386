"""What is said of a run that is not in the ledger, or not for this reader."""

from flask import Response, abort
from flask_babel import format_date
from flask_babel import gettext as _

from ops_admin.access.rights import current_rights
from ops_admin.runs.old_run_queries import find_pruning
from ops_admin.web import errors


def answer_missing(run_id: int) -> Response:
    """Answer 404; or 410 where pruning may have taken the run, for old links lead here (R48).

    A reader gets the same answer for a run that is gone and for one of another workspace (R36).
    """
    pruning = find_pruning(current_rights().workspaces, run_id) if run_id < 2**63 else None
    if pruning is None:
        abort(404)
    day = format_date(pruning.ended_before)
    text = _("Run #%(id)s is not here. Runs that ended before %(day)s were pruned; it may be one.", id=run_id, day=day)
    return errors.answer(410, text)
