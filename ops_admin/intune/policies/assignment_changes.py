"""How the assignments of two versions of a policy differ, in the form of changed settings (R41, R60)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from ops_admin.intune.directory.names import group_names
from ops_admin.intune.policies.diffing import Change

_EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
_ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"
_ALL_USERS = "#microsoft.graph.allLicensedUsersAssignmentTarget"
_FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
_FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"

Assignments = Sequence[Mapping[str, Any]]


def changes_of_assignments(tenant_id: int, old: Assignments | None, new: Assignments | None) -> list[Change]:
    """Return for each target that differs how it is assigned before and after; none if one side is unknown."""
    if old is None or new is None:
        return []
    before, after = _by_target(old), _by_target(new)
    differing = [key for key in before | after if before.get(key) != after.get(key)]
    names = group_names(tenant_id, [group_id for _kind, group_id in differing if group_id])
    changes = [_change(key, names, before.get(key), after.get(key)) for key in differing]
    return sorted(changes, key=lambda change: change.label.casefold())


def _by_target(assignments: Assignments) -> dict[tuple[str, str], str]:
    """Return by kind of target and group how it is assigned. An app may be assigned to one in several ways."""
    found: dict[tuple[str, str], list[str]] = {}
    for assignment in assignments:
        target = assignment.get("target")
        if isinstance(target, dict):
            kind, group_id = str(target.get("@odata.type")), str(target.get("groupId") or "")
            found.setdefault(("" if group_id else kind, group_id), []).append(_told(assignment, target, kind))
    return {key: "\n".join(sorted(texts)) for key, texts in found.items()}


def _told(assignment: Mapping[str, Any], target: Mapping[str, Any], kind: str) -> str:
    parts = [_("excluded") if kind == _EXCLUSION else _("included")]
    if assignment.get("intent"):
        parts.append(_("intent %(intent)s", intent=assignment["intent"]))
    if target.get(_FILTER_ID) and target.get(_FILTER_TYPE) not in (None, "none"):
        parts.append(_("filter %(id)s (%(type)s)", id=target[_FILTER_ID], type=target[_FILTER_TYPE]))
    if assignment.get("settings"):
        parts.append(_("settings %(settings)s", settings=assignment["settings"]))
    return ", ".join(parts)


def _change(key: tuple[str, str], names: Mapping[str, str], before: str | None, after: str | None) -> Change:
    kind, group_id = key
    whom = {_ALL_DEVICES: _("All devices"), _ALL_USERS: _("All users")}.get(kind, kind.rpartition(".")[2])
    if group_id:
        whom = names.get(group_id, group_id)
    return Change(f"assignments/{kind}{group_id}", _("Assignment: %(whom)s", whom=whom), before, after)
