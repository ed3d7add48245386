"""The inputs of `inventory.sync`: all policy types, or some of them."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.catalog import InvalidInputs


def parse_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `{"types": […]}` in the order of POLICY_TYPES, or `{}` for all types; raises InvalidInputs.

    A list of all types is the same as none, so that both have the same identity (R5).
    """
    unknown = raw.keys() - {"types"}
    if unknown:
        raise InvalidInputs({str(name): _("This operation takes no such input.") for name in unknown})
    if raw.get("types") is None:
        return {}
    chosen = _known_types(raw["types"])
    return {} if len(chosen) == len(POLICY_TYPES) else {"types": chosen}


def types_of(inputs: Mapping[str, object]) -> list[str]:
    """Return the keys of the types that parsed inputs select."""
    chosen = inputs.get("types")
    return [key for key in POLICY_TYPES if not isinstance(chosen, list) or key in chosen]


def _known_types(given: object) -> list[str]:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise InvalidInputs({"types": _("Give a list of policy types.")})
    wanted = [str(key) for key in given]
    unknown = [key for key in wanted if key not in POLICY_TYPES]
    if unknown:
        names = ", ".join(f"“{key[:60]}”" for key in unknown[:3])
        raise InvalidInputs({"types": _("There is no policy type %(names)s.", names=names)})
    if not wanted:
        raise InvalidInputs({"types": _("Choose at least one policy type.")})
    return [key for key in POLICY_TYPES if key in wanted]
