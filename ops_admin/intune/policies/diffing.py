"""What changed between two contents of a policy, setting by setting, by name. Pure (R41, R43)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ops_admin.intune.policies.settings import settings_of


@dataclass(frozen=True)
class Change:
    """One setting that differs; `before` None: it was not set, `after` None: it is not set any more.

    `path` is technical and stays the same between versions; `label` is for people. The values are texts, numbers,
    booleans or lists of them.
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
    """Return what `new` says otherwise than `old`, in the order of `new`; what was removed comes last.

    Ids, times and whatever else the service adds does not count, and null is the same as not set.
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
    """Equal as JSON is: 1 is not true."""
    return type(one) is type(other) and one == other
