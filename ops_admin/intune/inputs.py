"""Reads the inputs of operations on chosen policies, whether they come from forms, JSON or the command line."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from ops_admin.runs.catalog import InvalidInputs
from ops_admin.web.keyset import LARGEST_ID

MOST_POLICIES = 50_000


def refuse_unknown(raw: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise InvalidInputs for inputs that the operation does not have."""
    unknown = raw.keys() - set(known)
    if unknown:
        raise InvalidInputs({str(name): _("This operation takes no such input.") for name in unknown})


def read_flag(raw: Mapping[str, object], name: str, default: bool) -> bool:
    """Read a boolean; raises InvalidInputs for anything else."""
    value = raw.get(name, default)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "1", "on", "yes"):
        return True
    if value is None or (isinstance(value, str) and value.lower() in ("", "false", "0", "off", "no")):
        return False
    raise InvalidInputs({name: _("Give true or false.")})


def read_policy_ids(raw: Mapping[str, object], name: str = "policy_ids") -> list[int]:
    """Read policy ids, sorted and without duplicates; raises InvalidInputs for none, too many or invalid ones."""
    given = raw.get(name)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise InvalidInputs({name: _("Give a list of the ids of policies.")})
    ids = {_read_id(name, value) for value in given}
    if not ids:
        raise InvalidInputs({name: _("Choose at least one policy.")})
    if len(ids) > MOST_POLICIES:
        raise InvalidInputs({name: _("At most %(number)s policies at once.", number=MOST_POLICIES)})
    return sorted(ids)


def _read_id(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise InvalidInputs({name: _("“%(value)s” is not the id of a policy.", value=str(value)[:60])})
    return value
