"""Policies named in the inputs of an operation: some by their ids, many by the key of a kept selection (R8)."""

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
"""So many ids stand in a run's inputs, where one can read them; more are kept apart."""


def read_chosen(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `policy_ids`, or for many the key of their `selection`; the same policies always the same way.

    Raises InvalidInputs.
    """
    if raw.get(SELECTION) is not None:
        kept = parse_policies({SELECTION: raw[SELECTION]})
        ids = selected_ids(kept)
        return kept if len(ids) > MOST_NAMED else {POLICY_IDS: ids}
    ids = read_policy_ids(raw)
    return parse_policies({SELECTION: keep_selection(ids)}) if len(ids) > MOST_NAMED else {POLICY_IDS: ids}


def find_chosen(inputs: Mapping[str, object]) -> list[int] | None:
    """Return the ids that parsed inputs name, or None when they name no policies; raises SelectionMissing."""
    ids, key = inputs.get(POLICY_IDS), inputs.get(SELECTION)
    if isinstance(ids, list):
        return ids
    return read_selection(str(key)) if key is not None else None
