"""The inputs of `assignments.fetch` and `assignments.restore`."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from ops_admin.intune.assignments.mapping import SKIP, GroupMapping
from ops_admin.intune.inputs import read_flag, refuse_unknown
from ops_admin.intune.policies.chosen import NAMES, read_chosen
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.web.keyset import LARGEST_ID

LONGEST_GROUP_ID = 64
MOST_DECISIONS = 5_000
LARGEST_NUMBER = 2**31 - 1
SKIP_WORD = "skip"

MERGE = "merge"
REPLACE = "replace"
MODES = (MERGE, REPLACE)


def parse_fetch_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `{"all": True}`, or the selected policies; raises InvalidInputs."""
    refuse_unknown(raw, ("all", *NAMES))
    return _read_selection(raw)


def parse_restore_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return the policies, the source of their assignments, the mapping of groups and the mode.

    The source is `version` (of a single policy) or `backup_set_id`; without either, the assignments that were fetched
    last. `mapping` has a group's id or "skip" for each group that is replaced or left out; groups that are not in it
    stay. `all` means all policies of the backup set. Raises InvalidInputs.
    """
    refuse_unknown(raw, ("all", *NAMES, "version", "backup_set_id", "mapping", "mode"))
    selection = _read_selection(raw)
    source = {
        **_read_number(raw, "version", LARGEST_NUMBER),
        **_read_number(raw, "backup_set_id", LARGEST_ID),
    }
    _check_source(selection, source)
    mode = MERGE if raw.get("mode") in (None, "") else raw["mode"]
    if mode not in MODES:
        raise InvalidInputs({"mode": _("Choose one of the options.")})
    return {**selection, **source, "mapping": _read_mapping(raw.get("mapping")), "mode": str(mode)}


def mapping_of(inputs: Mapping[str, object]) -> GroupMapping:
    """Return the mapping of groups from parsed inputs."""
    stored = inputs.get("mapping")
    decisions: dict[str, Any] = stored if isinstance(stored, dict) else {}
    return {group_id: SKIP if target == SKIP_WORD else str(target) for group_id, target in decisions.items()}


def _read_selection(raw: Mapping[str, object]) -> dict[str, object]:
    everything = read_flag(raw, "all", False)
    if everything and any(raw.get(name) is not None for name in NAMES):
        raise InvalidInputs({"all": _("Choose all policies, or some of them: not both.")})
    return {"all": True} if everything else read_chosen(raw)


def _check_source(selection: Mapping[str, object], source: Mapping[str, object]) -> None:
    chosen = selection.get("policy_ids")
    if len(source) > 1:
        raise InvalidInputs({"version": _("Choose a version, or a backup set: not both.")})
    if "version" in source and (not isinstance(chosen, list) or len(chosen) != 1):
        raise InvalidInputs({"version": _("A version is one of a single policy.")})
    if "all" in selection and "backup_set_id" not in source:
        raise InvalidInputs({"all": _("All policies can be restored from a backup set only.")})


def _read_number(raw: Mapping[str, object], name: str, largest: int) -> dict[str, object]:
    given = raw.get(name)
    if given is None or given == "":
        return {}
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 20:
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= largest:
        raise InvalidInputs({name: _("Give a number.")})
    return {name: given}


def _read_mapping(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) or len(given) > MOST_DECISIONS:
        raise InvalidInputs({"mapping": _("Give a group's id, or “skip”, for each group's id.")})
    for group_id, target in given.items():
        if not (_is_id(group_id) and _is_id(target)):
            text = _("“%(value)s” cannot be mapped to that. Give a group's id, or “skip”.", value=str(group_id)[:60])
            raise InvalidInputs({"mapping": text})
    return {str(group_id): str(given[group_id]) for group_id in sorted(given)}


def _is_id(value: object) -> bool:
    return (
        isinstance(value, str) and 0 < len(value) <= LONGEST_GROUP_ID and value.isprintable() and value == value.strip()
    )
