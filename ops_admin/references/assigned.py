"""Ids inside assignments, besides their groups and filters: the settings of an app for those who get it (R55). Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from ops_admin.references.declared import Kind, Reference, Undeclared, ids_within

Assignments = list[dict[str, Any]]

_SETTINGS = "settings"
_VPN = "vpnConfigurationId"
"""The VPN that an iOS app has to itself."""


def find_assigned(assignments: object) -> list[Reference]:
    """Return what assignments refer to, each once; nothing for what is no list of assignments."""
    found: dict[str, Reference] = {}

    def note(reference: Reference) -> str:
        found.setdefault(reference.id, reference)
        return reference.id

    if isinstance(assignments, list):
        replace_assigned(assignments, note)
    return list(found.values())


def replace_assigned(assignments: Assignments, meaning: Callable[[Reference], str | None]) -> Assignments:
    """Return assignments with every id replaced by what it means; the argument is not changed."""
    return [_with_meaning(each, meaning) for each in assignments]


def undeclared_assigned(assignments: Assignments) -> Iterator[Undeclared]:
    """Yield whatever else looks like an id in the settings of assignments."""
    for each in assignments:
        yield from ids_within(_SETTINGS, {name: value for name, value in _settings_of(each).items() if name != _VPN})


def _with_meaning(assignment: Any, meaning: Callable[[Reference], str | None]) -> Any:
    settings = _settings_of(assignment)
    vpn = settings.get(_VPN)
    if not isinstance(vpn, str) or not vpn:
        return assignment
    return {**assignment, _SETTINGS: {**settings, _VPN: meaning(Reference(Kind.CONFIGURATION, vpn, _VPN))}}


def _settings_of(assignment: Any) -> dict[str, Any]:
    settings = assignment.get(_SETTINGS) if isinstance(assignment, dict) else None
    return settings if isinstance(settings, dict) else {}
