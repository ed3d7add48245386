"""Compares two versions of a policy for a page. Long values and long lists of changes are cut (R41)."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ops_admin.intune.policies import queries
from ops_admin.intune.policies.assignment_changes import changes_of_assignments
from ops_admin.intune.policies.diffing import Change, diff
from ops_admin.intune.policies.queries import Version

# Larger versions are not compared within a request; they can be downloaded.
MOST_BYTES_COMPARED = 4 * 1024 * 1024
MOST_CHANGES = 300
LONGEST_VALUE = 2000
MOST_LINES = 200
LINES_AROUND = 2


@dataclass(frozen=True)
class Line:
    """One line of a long text or list; a gap stands for unchanged lines."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str


@dataclass(frozen=True)
class ChangeRow:
    """One changed setting as texts; None means not set. `lines` is set for values of several lines."""

    path: str
    label: str
    before: str | None
    after: str | None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """The differences between two versions; `rows` is None if they are too large to compare."""

    rows: tuple[ChangeRow, ...] | None
    total: int = 0
    is_same: bool = False
    """Whether the canonical contents and the assignments are equal; what Graph adds may differ."""


def compare(tenant_id: int, policy_id: int, old: Version, new: Version) -> Comparison:
    """Compare two versions of a policy: content and, if both are known, assignments."""
    assigned = [queries.find_assignments(policy_id, each.number) for each in (old, new)]
    changes = changes_of_assignments(tenant_id, *assigned)
    if old.content_hash != new.content_hash:
        if max(old.content_bytes, new.content_bytes) > MOST_BYTES_COMPARED:
            return Comparison(None)
        contents = [json.loads(queries.find_content(policy_id, each.number) or "{}") for each in (old, new)]
        changes = diff(*contents) + changes
    elif not changes:
        return Comparison((), is_same=True)
    return Comparison(tuple(row_of(change) for change in changes[:MOST_CHANGES]), len(changes))


def row_of(change: Change) -> ChangeRow:
    """Return a change as texts. Long texts are cut; values of several lines are compared line by line."""
    before, after = _text(change.before), _text(change.after)
    lines = tuple(_changed_lines(before, after)) if before and after and "\n" in before + after else ()
    return ChangeRow(change.path, change.label, _cut(before), _cut(after), lines)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return "\n".join(str(_text(entry)) for entry in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _changed_lines(before: str, after: str) -> Iterator[Line]:
    """Yield the changed lines with some context, at most MOST_LINES."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=LINES_AROUND, lineterm="")
    kinds: dict[str, Literal["added", "removed", "same", "gap"]] = {"+": "added", "-": "removed", "@": "gap"}
    # The first three lines are file names and the position of the first change.
    for number, text in enumerate(islice(compared, 3, None)):
        if number == MOST_LINES:
            yield Line("gap", "")
            return
        kind = kinds.get(text[:1], "same")
        yield Line(kind, "" if kind == "gap" else _cut(text[1:]) or "")
