"""Selected policies in the inputs of an operation: a few by their ids, many by the key of a stored selection (R8)."""

from collections.abc import Mapping

from ops_admin.intune.inputs import read_policy_ids
from ops_admin.intune.policies.selections import (
    POLICY_IDS,
    SELECTION,
    keep_selection,
    parse_policies,
    read_selection,
    selected_ids,
)

NAMES = (POLICY_IDS, SELECTION, "selected")
MOST_NAMED = 500
"""Up to this many ids are stored in a run's inputs; more are stored as a selection."""


def read_chosen(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `policy_ids`, or the key of a `selection` for many policies. Raises InvalidInputs.

    The same policies always have the same inputs.
    """
    if raw.get(SELECTION) is not None:
        kept = parse_policies({SELECTION: raw[SELECTION]})
        ids = selected_ids(kept)
        return kept if len(ids) > MOST_NAMED else {POLICY_IDS: ids}
    ids = read_policy_ids(raw)
    return parse_policies({SELECTION: keep_selection(ids)}) if len(ids) > MOST_NAMED else {POLICY_IDS: ids}


def find_chosen(inputs: Mapping[str, object]) -> list[int] | None:
    """Return the ids of the policies in parsed inputs, or None if there are none; raises SelectionMissing."""
    ids, key = inputs.get(POLICY_IDS), inputs.get(SELECTION)
    if isinstance(ids, list):
        return ids
    return read_selection(str(key)) if key is not None else None
