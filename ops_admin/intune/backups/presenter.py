"""Presents backup sets: labels, colors and explanations for the list and the page of a set."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from ops_admin.intune.backups.states import BackupStatus

_LABELS: dict[str, object] = {
    BackupStatus.CAPTURING: lazy_gettext("Capturing"),
    BackupStatus.COMPLETE: lazy_gettext("Complete"),
    BackupStatus.PARTIAL: lazy_gettext("Partial"),
    BackupStatus.FAILED: lazy_gettext("Failed"),
}
_TONES: dict[str, str] = {
    BackupStatus.CAPTURING: "info",
    BackupStatus.COMPLETE: "green",
    BackupStatus.PARTIAL: "yellow",
    BackupStatus.FAILED: "red",
}
_EXPLANATIONS: dict[str, object] = {
    BackupStatus.CAPTURING: lazy_gettext("The backup is being made. What it holds so far is listed here."),
    BackupStatus.PARTIAL: lazy_gettext(
        "Everything that was chosen was tried. What could not be read is listed with the reason."
    ),
    BackupStatus.FAILED: lazy_gettext(
        "This backup is not whole: its run ended before everything was tried, or nothing could be read. "
        "It cannot be restored. Start another backup."
    ),
}


@dataclass(frozen=True)
class SetBadge:
    """The label and color of a set's badge."""

    label: str
    tone: str


def set_badge(status: str) -> SetBadge:
    """Return the badge of a status; an unknown status is shown as "Unknown"."""
    label = _LABELS.get(status)
    return SetBadge(str(label) if label is not None else _("Unknown"), _TONES.get(status, "secondary"))


def explanation_of(status: str) -> str:
    """Return the explanation of a status; empty for a complete set."""
    return str(_EXPLANATIONS.get(status, ""))
