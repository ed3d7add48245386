"""Presents the state of a policy and the content of its versions."""

import json
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext

from ops_admin.intune.policies.queries import IS_ASSIGNED, NEVER_FETCHED, NOT_ASSIGNED
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.secret_values import SecretSetting, list_secrets

# Larger content can only be downloaded; it would be too slow in a browser.
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
    """The label and color of the badge of a policy's state."""

    label: str
    tone: str


@dataclass(frozen=True)
class Content:
    """The content of a version for a page; `text` is None if it is too large to show."""

    text: str | None
    description: str | None = None
    settings: int | None = None
    secrets: tuple[SecretSetting, ...] = ()


def state_badge(state: str) -> StateBadge:
    """Return the badge of a state; an unknown state is shown as "Unknown"."""
    label = STATE_LABELS.get(state)
    return StateBadge(str(label) if label is not None else gettext("Unknown"), _TONES.get(state, "secondary"))


def present_content(stored: str) -> Content:
    """Format the stored JSON, and return it with the description and the number of settings."""
    content = json.loads(stored)
    text = json.dumps(content, indent=2, ensure_ascii=False)
    description = content.get("description")
    parts = (content.get(name) for name in ("settings", "definitionValues"))
    return Content(
        text=text,
        description=description[:LONGEST_DESCRIPTION] if isinstance(description, str) and description else None,
        settings=next((len(part) for part in parts if isinstance(part, list)), None),
        secrets=tuple(list_secrets(content)),
    )
