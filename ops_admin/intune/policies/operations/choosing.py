"""Shared by the handlers of bulk actions: the chosen ids, in batches."""

from collections.abc import Iterator, Sequence

from ops_admin.intune.policies.selections import selected_ids
from ops_admin.runs.handle import RunHandle


def chosen_ids(handle: RunHandle) -> list[int]:
    """Return the ids that were chosen; raises SelectionMissing."""
    return selected_ids(handle.inputs)


def batches(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Yield the ids, `size` at a time."""
    for begin in range(0, len(ids), size):
        yield ids[begin : begin + size]
