"""The inputs of `backup.create`, which captures the whole tenant, some types, or chosen policies."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from ops_admin.intune.backups.models import LONGEST_SET_NAME
from ops_admin.intune.inputs import read_flag, refuse_unknown
from ops_admin.intune.names import clean_name
from ops_admin.intune.policies.chosen import NAMES, read_chosen
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.catalog import InvalidInputs

KNOWN = ("name", "types", "all", "assignments", *NAMES)


def parse_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return the name (if any), one of `all`, `types` and the selected policies, and `assignments`.

    Assignments are captured by default. All types are the same as the whole tenant. Raises InvalidInputs.
    """
    refuse_unknown(raw, KNOWN)
    inputs: dict[str, object] = {"name": name} if (name := _read_name(raw)) else {}
    return {**inputs, **_read_selection(raw), "assignments": read_flag(raw, "assignments", True)}


def _read_name(raw: Mapping[str, object]) -> str | None:
    given = raw.get("name")
    if given is not None and not isinstance(given, str):
        raise InvalidInputs({"name": _("Give a text.")})
    name = clean_name(given)
    if name and len(name) > LONGEST_SET_NAME:
        raise InvalidInputs({"name": _("At most %(number)s characters.", number=LONGEST_SET_NAME)})
    return name


def _read_selection(raw: Mapping[str, object]) -> dict[str, object]:
    everything = read_flag(raw, "all", False)
    given = [name for name in ("policy_ids", "selection", "types") if raw.get(name) is not None]
    if everything + len(given) > 1:
        raise InvalidInputs({"all": _("Choose the whole tenant, or types, or policies: one of them.")})
    if everything:
        return {"all": True}
    if not given:
        raise InvalidInputs({"policy_ids": _("Choose what to back up: the whole tenant, types, or policies.")})
    return _read_types(raw["types"]) if given == ["types"] else read_chosen(raw)


def _read_types(given: object) -> dict[str, object]:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise InvalidInputs({"types": _("Give a list of policy types.")})
    wanted = {str(key) for key in given}
    unknown = sorted(wanted - POLICY_TYPES.keys())
    if unknown:
        raise InvalidInputs({"types": _("There is no policy type %(names)s.", names=f"“{unknown[0][:60]}”")})
    if not wanted:
        raise InvalidInputs({"types": _("Choose at least one policy type.")})
    chosen = [key for key in POLICY_TYPES if key in wanted]
    return {"all": True} if len(chosen) == len(POLICY_TYPES) else {"types": chosen}
