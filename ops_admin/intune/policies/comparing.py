"""Two versions of a policy side by side, laid out for reading; what is long is cut, and says so (R41)."""

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ops_admin.intune.policies import queries
from ops_admin.intune.policies.diffing import Change, diff
from ops_admin.intune.policies.queries import Version

# More than this is not taken apart within a request; both versions can be downloaded.
MOST_BYTES_COMPARED = 4 * 1024 * 1024
MOST_CHANGES = 300
LONGEST_VALUE = 2000
MOST_LINES = 200
LINES_AROUND = 2


@dataclass(frozen=True)
class Line:
    """One line of a long text or list: added, removed, the same, or a gap of lines that are the same."""

    kind: Literal["added", "removed", "same", "gap"]
    text: str


@dataclass(frozen=True)
class ChangeRow:
    """One changed setting as texts; None: not set. `lines` show a long value line by line instead."""

    path: str
    label: str
    before: str | None
    after: str | None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What differs between two versions; `rows` None when they are too large to be compared here."""

    rows: tuple[ChangeRow, ...] | None
    total: int = 0
    is_same: bool = False
    """Whether the canonical contents are equal: what the service adds may differ all the same."""


def compare(policy_id: int, old: Version, new: Version) -> Comparison:
    """Compare two versions of a policy."""
    if old.content_hash == new.content_hash:
        return Comparison((), is_same=True)
    if max(old.content_bytes, new.content_bytes) > MOST_BYTES_COMPARED:
        return Comparison(None)
    contents = [json.loads(queries.find_content(policy_id, each.number) or "{}") for each in (old, new)]
    changes = diff(*contents)
    return Comparison(tuple(row_of(change) for change in changes[:MOST_CHANGES]), len(changes))


def row_of(change: Change) -> ChangeRow:
    """Return a change as texts, long ones cut; a text or list of several lines line by line."""
    before, after = _text(change.before), _text(change.after)
    lines = tuple(_lines(before, after)) if before and after and "\n" in before + after else ()
    return ChangeRow(change.path, change.label, _cut(before), _cut(after), lines)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return "\n".join(str(_text(entry)) for entry in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _lines(before: str, after: str) -> Iterator[Line]:
    """Say line by line what changed, with a little of what surrounds it, up to a bound."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=LINES_AROUND, lineterm="")
    kinds: dict[str, Literal["added", "removed", "same", "gap"]] = {"+": "added", "-": "removed", "@": "gap"}
    for number, text in enumerate(_without_heading(list(compared))):
        if number == MOST_LINES:
            yield Line("gap", "")
            return
        kind = kinds.get(text[:1], "same")
        yield Line(kind, "" if kind == "gap" else _cut(text[1:]) or "")


def _without_heading(lines: Sequence[str]) -> Sequence[str]:
    """Leave out the two lines that name the files, and the place of the first change."""
    return lines[3:]
