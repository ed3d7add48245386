"""The fields of the mapping step besides groups and filters: other references (R55), and the choices of R57 and R58."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from flask_babel import gettext as _

from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import AccessMode, has_access_policies, mode_of
from ops_admin.intune.restore.earlier import earlier_references
from ops_admin.intune.restore.labels import KIND_LABELS
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import (
    Key,
    ReferenceDecided,
    ReferenceRow,
    list_objects,
    list_references,
)
from ops_admin.intune.restore.states import AssignMode
from ops_admin.references.declared import Kind, Thing

SKIP = "skip"


@dataclass(frozen=True)
class PostedReferences:
    """The submitted fields: raw values, decisions by kind and source id (None: resolve by itself), and errors."""

    posted: Mapping[int, str] = field(default_factory=dict)
    decisions: Mapping[Key, ReferenceDecided | None] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReferenceChoice:
    """One reference as the form shows it."""

    row: ReferenceRow
    value: str
    options: list[Thing]
    error: str | None
    becomes: str | None
    """What it becomes without a decision, as far as that is known before a preview."""


@dataclass(frozen=True)
class ReferenceSection:
    """The references of one kind."""

    kind: str
    label: str
    choices: list[ReferenceChoice]


def reference_sections(restore: Restore, given: PostedReferences | None = None) -> list[ReferenceSection]:
    """Return the references to decide on, grouped by kind."""
    rows, known = list_references(restore.id), list_objects(restore.tenant_id)
    given = given or PostedReferences()
    earlier = earlier_references(restore)
    return [
        ReferenceSection(
            kind,
            str(KIND_LABELS[Kind(kind)]),
            [_choice(restore, row, list(known.get(Kind(kind), ())), given, earlier) for row in of_kind],
        )
        for kind, of_kind in groupby(rows, key=lambda row: row.kind)
    ]


def read_references(restore: Restore, form: Mapping[str, str]) -> PostedReferences:
    """Parse the form values: an id, "skip", or empty for what is resolved by itself."""
    known = list_objects(restore.tenant_id)
    posted: dict[int, str] = {}
    decisions: dict[Key, ReferenceDecided | None] = {}
    errors: dict[int, str] = {}
    for row in list_references(restore.id):
        name = f"reference-{row.id}"
        if name not in form:
            continue
        value = posted[row.id] = form[name]
        names = {each.id: each.name for each in known.get(Kind(row.kind), ())}
        key = (Kind(row.kind), row.source_id)
        if not value:
            decisions[key] = None
        elif value == SKIP:
            decisions[key] = ReferenceDecided(None)
        elif value in names or value == row.target_id:
            decisions[key] = ReferenceDecided(value, names.get(value, row.target_name))
        else:
            errors[row.id] = _("The tenant did not have this at the last preview. Preview again, or choose another.")
    return PostedReferences(posted, decisions, errors)


def access_mode_field(restore: Restore) -> AccessMode | None:
    """Return the choice for Conditional Access, or None if there is nothing to choose."""
    is_same = restore.source_tenant_id == restore.tenant_id
    return None if is_same or not has_access_policies(restore.id) else mode_of(restore)


def read_access_mode(restore: Restore, form: Mapping[str, str]) -> AccessMode:
    """Return the submitted choice, or the present one."""
    word = form.get("conditional_access", "")
    return AccessMode(word) if word in list(AccessMode) else mode_of(restore)


def assign_mode_field(restore: Restore) -> AssignMode | None:
    """Return the choice for assignments, or None if no policy that was chosen has any."""
    is_any = any(is_assignable(each) for each in queries.count_by_type(restore.id))
    return restore.assign_mode if is_any else None


def read_assign_mode(restore: Restore, form: Mapping[str, str]) -> AssignMode:
    """Return the submitted choice, or the present one."""
    word = form.get("assignments", "")
    return AssignMode(word) if word in list(AssignMode) else restore.assign_mode


def _choice(
    restore: Restore,
    row: ReferenceRow,
    options: list[Thing],
    given: PostedReferences,
    earlier: Mapping[Key, str | None],
) -> ReferenceChoice:
    is_known = row.target_id is None or any(each.id == row.target_id for each in options)
    shown = options if is_known else [*options, Thing(str(row.target_id), row.target_name or str(row.target_id))]
    value = given.posted.get(row.id, (row.target_id or SKIP) if row.decision else _earlier(row, options, earlier))
    return ReferenceChoice(row, value, shown, given.errors.get(row.id), _becomes(restore, row, options))


def _earlier(row: ReferenceRow, options: list[Thing], earlier: Mapping[Key, str | None]) -> str:
    """Return what an earlier restore mapped it to, if the tenant still has that. What was skipped is asked again."""
    target = earlier.get((Kind(row.kind), row.source_id))
    return target if target and any(each.id == target for each in options) else ""


def _becomes(restore: Restore, row: ReferenceRow, options: list[Thing]) -> str | None:
    same = [each for each in options if each.name == row.source_name]
    if restore.source_tenant_id == restore.tenant_id:
        same = [each for each in options if each.id == row.source_id] or same
    return same[0].name if len(same) == 1 else None
