"""Compares two contents of a policy, setting by setting. Pure (R41, R43)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ops_admin.intune.policies.settings import settings_of


@dataclass(frozen=True)
class Change:
    """One setting that differs. `before` is None if it was not set, `after` is None if it is no longer set.

    `path` is technical and the same in all versions; `label` is for display. The values are texts, numbers, booleans
    or lists of them.
    """

    path: str
    label: str
    before: object
    after: object

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happened to the setting."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the settings in which `new` differs from `old`, in the order of `new`, and removed settings last.

    Ids, times and other properties from Graph are ignored, and null is the same as not set.
    """
    before, after = settings_of(old), settings_of(new)
    changes = [
        Change(path, setting.label, before[path].value if path in before else None, setting.value)
        for path, setting in after.items()
        if path not in before or not _same(before[path].value, setting.value)
    ]
    removed = [Change(path, gone.label, gone.value, None) for path, gone in before.items() if path not in after]
    return changes + removed


def _same(one: object, other: object) -> bool:
    """Compare like JSON, where 1 and true differ."""
    return type(one) is type(other) and one == other
