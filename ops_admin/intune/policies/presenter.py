"""How a policy and the content of its versions are shown."""

import json
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext

from ops_admin.intune.policies.queries import IS_ASSIGNED, NEVER_FETCHED, NOT_ASSIGNED
from ops_admin.intune.policies.states import PolicyState

# More than this is offered for download: no reader scrolls through it, and a browser would struggle.
MOST_BYTES_SHOWN = 512 * 1024
LONGEST_DESCRIPTION = 1000

STATE_LABELS: dict[str, object] = {
    PolicyState.ACTIVE: lazy_gettext("Active"),
    PolicyState.IGNORED: lazy_gettext("Ignored"),
    PolicyState.MISSING: lazy_gettext("Missing"),
}
ASSIGNED_LABELS: dict[str, object] = {
    NEVER_FETCHED: lazy_gettext("Never fetched"),
    NOT_ASSIGNED: lazy_gettext("Not assigned"),
    IS_ASSIGNED: lazy_gettext("Assigned"),
}
_TONES: dict[str, str] = {
    PolicyState.ACTIVE: "green",
    PolicyState.IGNORED: "secondary",
    PolicyState.MISSING: "yellow",
}


@dataclass(frozen=True)
class StateBadge:
    """What the badge of a policy's state says, and its tone."""

    label: str
    tone: str


@dataclass(frozen=True)
class Content:
    """The content of a version for a page; `text` is None when it is too large to be shown."""

    text: str | None
    description: str | None = None
    settings: int | None = None


def state_badge(state: str) -> StateBadge:
    """Return the badge of a state; one that old data holds and nobody knows is "Unknown"."""
    label = STATE_LABELS.get(state)
    return StateBadge(str(label) if label is not None else gettext("Unknown"), _TONES.get(state, "secondary"))


def present_content(stored: str) -> Content:
    """Lay out the stored JSON for reading, and pick what tells most about it."""
    content = json.loads(stored)
    text = json.dumps(content, indent=2, ensure_ascii=False)
    description = content.get("description")
    return Content(
        text=text,
        description=description[:LONGEST_DESCRIPTION] if isinstance(description, str) and description else None,
        settings=_number_of_settings(content),
    )


def _number_of_settings(content: dict[str, object]) -> int | None:
    for name in ("settings", "definitionValues"):
        part = content.get(name)
        if isinstance(part, list):
            return len(part)
    return None
