"""What the console shows of secrets: marks to everybody, plain values to those who ask and may read them (R56)."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from ops_admin.access.current import current_user
from ops_admin.config import Settings
from ops_admin.infra.vault import Vault, vault_of
from ops_admin.redaction.secret_marks import mask, put_back
from ops_admin.redaction.secret_places import (
    OMA_ROWS,
    SECRET_PROPERTIES,
    Place,
    State,
    secret_places,
    value_at,
)

logger = logging.getLogger(__name__)

HIDDEN = "[secret]"


@dataclass(frozen=True)
class SecretSetting:
    """A setting whose value is a secret. `value` is None unless it is known and was asked for."""

    pointer: str
    label: str
    is_known: bool
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Revealed:
    """A policy with its secrets in plain, as far as they are known."""

    content: dict[str, Any] = field(repr=False)
    settings: list[SecretSetting]


def vault() -> Vault:
    """Return the vault of this installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return vault_of(settings.secret_key)


def masked(content: dict[str, Any]) -> dict[str, Any]:
    """Return a stored policy without plain secrets. Those captured by earlier versions may hold some."""
    return mask(content, vault().digest).content


def masked_text(stored: str) -> str:
    """Return stored JSON without plain secrets; text that is not a policy as it is."""
    try:
        content = json.loads(stored)
    except ValueError:
        return stored
    return json.dumps(masked(content), ensure_ascii=False) if isinstance(content, dict) else stored


def masked_changes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return stored changes without secrets, which earlier versions compared in plain."""
    return [
        {**row, "before": row.get("before") and HIDDEN, "after": row.get("after") and HIDDEN}
        if _is_secret_change(str(row.get("path", ""))) and not _has_marks(row)
        else dict(row)
        for row in rows
    ]


def list_secrets(content: Mapping[str, Any]) -> list[SecretSetting]:
    """Return which settings of a policy are secrets, without their values."""
    return [
        SecretSetting(place.pointer, place.label, place.state is not State.WITHHELD) for place in secret_places(content)
    ]


def reveal(content: dict[str, Any], sealed: str | None) -> Revealed:
    """Open the secrets of a policy."""
    opened = put_back(content, vault().open(sealed))
    return Revealed(opened, [_revealed(opened, place) for place in secret_places(opened)])


def note_reading(what: str) -> None:
    """Leave a line in the log: who read the secrets of what."""
    user = current_user()
    logger.warning("user %s read the secrets of %s", user.id if user else None, what)


def _revealed(content: dict[str, Any], place: Place) -> SecretSetting:
    # A mark that is left was sealed under another key.
    is_known = place.state is State.PLAIN
    value = str(value_at(content, place.path)) if is_known else None
    return SecretSetting(place.pointer, place.label, is_known, value)


def _is_secret_change(path: str) -> bool:
    root, last = path.partition("/")[0], path.rpartition("/")[2]
    return last in SECRET_PROPERTIES or (root == OMA_ROWS and last == "value")


def _has_marks(row: Mapping[str, Any]) -> bool:
    return any(str(row.get(name)).startswith("[sealed secret ") for name in ("before", "after"))
