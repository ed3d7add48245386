"""Labels and descriptions of roles."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from ops_admin.access.capabilities import Role

ROLE_LABELS: Mapping[Role, str] = {
    Role.OWNER: _l("Owner"),
    Role.MANAGER: _l("Manager"),
    Role.OPERATOR: _l("Operator"),
    Role.READONLY: _l("Read-only"),
}
ROLE_HINTS: Mapping[Role, str] = {
    Role.OWNER: _l("everything, also who may do what"),
    Role.MANAGER: _l("also restores, deletes and cancels"),
    Role.OPERATOR: _l("day-to-day operations: syncs, backups, exports, review packs"),
    Role.READONLY: _l("looks, and changes nothing"),
}
