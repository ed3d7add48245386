"""The result of a bulk action, as one sentence and a colour (R31)."""

from collections import Counter
from collections.abc import Callable, Mapping

from flask_babel import ngettext

from ops_admin.runs.web.bulk.choosing import Standing
from ops_admin.runs.web.bulk.verdicts import Verdict
from ops_admin.runs.web.presenter import Level

_DONE = (Verdict.ASKED, Verdict.CANCELLED, Verdict.STARTED)
_REFUSED = (Verdict.NOT_YOURS, Verdict.NOT_FOUND, Verdict.IMPOSSIBLE, Verdict.NOT_QUEUED)
_TEXTS: Mapping[Verdict, Callable[[int], str]] = {
    Verdict.ASKED: lambda n: ngettext("%(num)s asked to stop", "%(num)s asked to stop", n),
    Verdict.CANCELLED: lambda n: ngettext(
        "%(num)s cancelled before it began", "%(num)s cancelled before they began", n
    ),
    Verdict.STARTED: lambda n: ngettext("%(num)s started again", "%(num)s started again", n),
    Verdict.ASKED_BEFORE: lambda n: ngettext(
        "%(num)s had been asked to stop before", "%(num)s had been asked to stop before", n
    ),
    Verdict.ENDED: lambda n: ngettext("%(num)s had already ended", "%(num)s had already ended", n),
    Verdict.UNDER_WAY: lambda n: ngettext("%(num)s already under way", "%(num)s already under way", n),
    Verdict.RECENT: lambda n: ngettext("%(num)s done a short while ago", "%(num)s done a short while ago", n),
    Verdict.NOT_ENDED: lambda n: ngettext("%(num)s has not ended yet", "%(num)s have not ended yet", n),
    Verdict.NOT_QUEUED: lambda n: ngettext("%(num)s could not be queued", "%(num)s could not be queued", n),
    Verdict.IMPOSSIBLE: lambda n: ngettext(
        "%(num)s cannot be started any more", "%(num)s cannot be started any more", n
    ),
    Verdict.NOT_YOURS: lambda n: ngettext("%(num)s not yours to decide", "%(num)s not yours to decide", n),
    Verdict.NOT_FOUND: lambda n: ngettext("%(num)s not found", "%(num)s not found", n),
}


def title_of(standing: Standing, tally: Counter[Verdict]) -> str:
    """Return the action, and how many of the chosen runs it was carried out on."""
    done, number = sum(tally[verdict] for verdict in _DONE), tally.total()
    if standing == "active":
        return str(ngettext("Stop: %(done)s of %(num)s run", "Stop: %(done)s of %(num)s runs", number, done=done))
    return str(
        ngettext("Start again: %(done)s of %(num)s run", "Start again: %(done)s of %(num)s runs", number, done=done)
    )


def say(tally: Mapping[Verdict, int]) -> str:
    """Return the numbers as one sentence, successes first."""
    return ", ".join(text(tally[verdict]) for verdict, text in _TEXTS.items() if tally.get(verdict))


def level_of(tally: Counter[Verdict]) -> Level:
    """Return the colour of the answer: green only if something was done and nothing was refused."""
    done = any(tally[verdict] for verdict in _DONE)
    refused = any(tally[verdict] for verdict in _REFUSED)
    return "success" if done and not refused else "warning"
