"""Labels and colours of a review pack's states, and the name of its file."""

import re
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from ops_admin.access.queries import Tenant
from ops_admin.reviews.options import SECTION_LABELS, PackOptions
from ops_admin.reviews.queries import ReviewPack
from ops_admin.reviews.states import PackStatus
from ops_admin.runs.failures import explain
from ops_admin.runs.states import Outcome

STATUS_LABELS: dict[str, object] = {
    PackStatus.QUEUED: _l("Queued"),
    PackStatus.GENERATING: _l("Generating"),
    PackStatus.READY: _l("Ready"),
    PackStatus.FAILED: _l("Failed"),
    PackStatus.EXPIRED: _l("Expired"),
}
_TONES: dict[str, str] = {
    PackStatus.QUEUED: "secondary",
    PackStatus.GENERATING: "blue",
    PackStatus.READY: "green",
    PackStatus.FAILED: "red",
    PackStatus.EXPIRED: "secondary",
}
_LONGEST_SLUG = 60


@dataclass(frozen=True)
class PackBadge:
    """The label and tone of a pack's badge."""

    label: str
    tone: str


def pack_badge(status: str) -> PackBadge:
    """Return the badge of a status; one that this version does not know is "Unknown"."""
    label = STATUS_LABELS.get(status)
    return PackBadge(str(label) if label is not None else _("Unknown"), _TONES.get(status, "secondary"))


def why_failed(pack: ReviewPack) -> str:
    """Return why there is no file, as far as that is known."""
    reason = str(pack.summary.get("reason", ""))
    if reason == Outcome.CANCELLED:
        return str(_("It was cancelled."))
    return explain(reason) or reason or str(_("It ended before its file was complete."))


def say_options(options: PackOptions) -> str:
    """Return what a pack covers in one line."""
    period = str(ngettext("the last day", "the last %(num)s days", options.days))
    if len(options.sections) == len(SECTION_LABELS):
        return period
    names = ", ".join(str(SECTION_LABELS[key]) for key in options.sections)
    return str(_("%(period)s: %(sections)s", period=period, sections=names))


def file_name(tenant: Tenant, pack: ReviewPack) -> str:
    """Return a file name with tenant and day, in characters that every system accepts."""
    slug = re.sub(r"[^a-z0-9]+", "-", tenant.display_name.lower()).strip("-")[:_LONGEST_SLUG] or f"tenant-{tenant.id}"
    day = pack.generated_at.strftime("%Y-%m-%d") if pack.generated_at else str(pack.id)
    return f"review-pack-{slug}-{day}.zip"


Missing = Literal["expired", "lost", "unready", "away"]


@dataclass(frozen=True)
class Explanation:
    """Why a pack cannot be downloaded, with the HTTP status."""

    status: int
    title: str
    text: str


def explain_missing(missing: Missing) -> Explanation:
    """Return the explanation shown instead of a download."""
    known: dict[Missing, Explanation] = {
        "expired": Explanation(
            410,
            _("This review pack has expired"),
            _("It cannot be downloaded any more. Generate a new one to see the tenant today."),
        ),
        "lost": Explanation(
            410,
            _("The file of this review pack is gone"),
            _("It is not on its disk any more: somebody removed it there. Generate a new one."),
        ),
        "unready": Explanation(
            409, _("This review pack has no file"), _("It is not finished yet, or it has failed. Its run says more.")
        ),
        "away": Explanation(
            503,
            _("The disk of this review pack does not answer"),
            _("Try again in a moment. Whoever runs the console finds the reason in the server's log."),
        ),
    }
    return known[missing]
