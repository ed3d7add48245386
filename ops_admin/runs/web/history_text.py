"""Why a run reached a state, in words for a reader of its timeline (R4, R7); what is stored may be a code."""

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ops_admin.runs import codes, failures
from ops_admin.runs.ledger import Transition
from ops_admin.runs.states import Status

# As `execution` writes it.
_NEXT_ATTEMPT = re.compile(r"attempt (?P<number>\d+) after (?P<code>\S+)")

# What a code means for a run that did not end by it.
_HANDED_BACK: dict[str, object] = {
    codes.WORKER_STOPPED: _("The worker was shut down. The run waits for another one, which begins it again."),
    codes.DATABASE_AWAY: _(
        "The database was away, or its disk full. The run waits for a worker, which begins it again."
    ),
}


def reason_of(step: Transition) -> tuple[str, str]:
    """Return why, in words, and the stable code behind it; either is empty where there is none."""
    again = _NEXT_ATTEMPT.fullmatch(step.reason)
    if again is not None:
        attempt = gettext("Attempt %(number)s", number=again["number"])
        return f"{attempt}. {failures.explain(again['code'])}", again["code"]
    if not failures.is_registered(step.reason):
        return step.reason, ""
    if step.to_status == Status.QUEUED and step.reason in _HANDED_BACK:
        return str(_HANDED_BACK[step.reason]), step.reason
    return failures.explain(step.reason), step.reason
