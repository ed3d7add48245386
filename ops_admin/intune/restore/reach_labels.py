"""What is said about whom a policy reaches (R58)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ops_admin.intune.restore.reach import (
    EXCLUSION,
    MISSING,
    SKIPPED,
    UNDECIDED,
    Counted,
    Reach,
    Target,
    TargetKind,
)

_KINDS: Mapping[str, object] = {
    TargetKind.ALL_USERS: _("All users"),
    TargetKind.ALL_DEVICES: _("All devices"),
    TargetKind.GUESTS: _("Guests and external users"),
}
_INTENTS: Mapping[str, object] = {
    "required": _("required"),
    "available": _("available"),
    "uninstall": _("uninstall"),
    "availableWithoutEnrollment": _("available without enrollment"),
}
DROP_REASONS: Mapping[str, object] = {
    SKIPPED: _("Skipped in the mapping"),
    MISSING: _("The group does not exist in the tenant any more"),
    UNDECIDED: _("Neither mapped nor skipped"),
    EXCLUSION: _("Left out too: without the lost exclusion it would reach more people"),
}
MOST_NAMED = 3


@dataclass(frozen=True)
class TargetLine:
    """One target of a policy as shown; `change` is "added", "removed" or "kept"."""

    text: str
    kind: str
    change: str


@dataclass(frozen=True)
class DroppedLine:
    """One assignment that is lost, and why."""

    text: str
    why: str


def describe_target(target: Target) -> str:
    """Return who is meant, with what narrows it down: "All users (required)", "not Finance"."""
    name = str(_KINDS.get(target.kind) or target.name or target.id)
    if target.kind == TargetKind.ROLE:
        name = gettext("role %(name)s", name=name)
    more = [str(_INTENTS.get(target.intent, target.intent))] if target.intent else []
    if target.filter_id:
        named = target.filter_name or target.filter_id
        is_exclude = target.filter_mode == "exclude"
        more.append(
            gettext("except filter %(name)s", name=named) if is_exclude else gettext("only filter %(name)s", name=named)
        )
    text = f"{name} ({', '.join(more)})" if more else name
    return str(gettext("excluded: %(who)s", who=text)) if target.is_excluded else text


def lines_of(reach: Reach) -> list[TargetLine]:
    """Return all targets before and after, included ones first."""
    gained, kept = {each.key for each in reach.gained}, {each.key for each in reach.after}
    by_key = {each.key: each for each in (*reach.before, *reach.after)}
    ordered = sorted(by_key.values(), key=lambda each: (each.is_excluded, each.name or ""))
    return [
        TargetLine(
            describe_target(each),
            each.kind,
            "added" if each.key in gained else "kept" if each.key in kept else "removed",
        )
        for each in ordered
    ]


def dropped_lines(reach: Reach) -> list[DroppedLine]:
    """Return what the backup assigns and the tenant does not get."""
    return [DroppedLine(describe_target(each.target), str(DROP_REASONS[each.reason])) for each in reach.dropped]


def describe_reach(reach: Reach, *, is_applied: bool = True) -> str:
    """Return one line: whom the policy reaches, and whom before, if that changes."""
    before = _names(reach.before)
    after = _names(reach.after)
    if not is_applied or before == after:
        return str(gettext("Reaches %(who)s", who=before))
    return str(gettext("Reaches %(before)s → %(after)s", before=before, after=after))


def describe_gain(counted: Counted) -> str:
    """Return "3 policies will newly reach All users"."""
    who, number = describe_target(counted.target), counted.policies
    if counted.target.is_excluded:
        who = describe_target(_included(counted.target))
        return str(
            ngettext(
                "%(num)s policy will newly exclude %(who)s",
                "%(num)s policies will newly exclude %(who)s",
                number,
                who=who,
            )
        )
    return str(
        ngettext(
            "%(num)s policy will newly reach %(who)s", "%(num)s policies will newly reach %(who)s", number, who=who
        )
    )


def describe_loss(counted: Counted) -> str:
    """Return "3 policies will no longer reach All users"."""
    who, number = describe_target(counted.target), counted.policies
    if counted.target.is_excluded:
        who = describe_target(_included(counted.target))
        return str(
            ngettext(
                "%(num)s policy will no longer exclude %(who)s",
                "%(num)s policies will no longer exclude %(who)s",
                number,
                who=who,
            )
        )
    return str(
        ngettext(
            "%(num)s policy will no longer reach %(who)s",
            "%(num)s policies will no longer reach %(who)s",
            number,
            who=who,
        )
    )


def _included(target: Target) -> Target:
    return Target(target.kind, target.id, target.name, False, target.intent)


def _names(targets: Iterable[Target]) -> str:
    """Return the first names; those excluded come last."""
    ordered = sorted(targets, key=lambda each: (each.is_excluded, each.name or ""))
    if not any(not each.is_excluded for each in ordered):
        return str(gettext("nobody"))
    names = [describe_target(each) for each in ordered[:MOST_NAMED]]
    if len(ordered) > MOST_NAMED:
        names.append(gettext("%(number)s more", number=len(ordered) - MOST_NAMED))
    return ", ".join(names)
