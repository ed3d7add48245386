"""The inputs of `restore.preview` and `restore.execute`: the restore's id."""

from collections.abc import Mapping

from flask_babel import gettext as _

from ops_admin.runs.catalog import InvalidInputs
from ops_admin.web.keyset import LARGEST_ID

RESTORE_ID = "restore_run_id"


def parse_inputs(raw: Mapping[str, object]) -> dict[str, object]:
    """Return `{"restore_run_id": …}`. Raises InvalidInputs."""
    unknown = raw.keys() - {RESTORE_ID}
    if unknown:
        raise InvalidInputs(dict.fromkeys(unknown, _("This operation takes no such input.")))
    value = raw.get(RESTORE_ID)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_ID:
        raise InvalidInputs({RESTORE_ID: _("The id of a restore is needed.")})
    return {RESTORE_ID: value}


def restore_id_of(inputs: Mapping[str, object]) -> int:
    """Return the restore id from parsed inputs. Raises InvalidInputs."""
    value = inputs.get(RESTORE_ID)
    if not isinstance(value, int):
        raise InvalidInputs({RESTORE_ID: _("The id of a restore is needed.")})
    return value
