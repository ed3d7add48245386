"""Finds the tenant's own ids, besides groups, in a conditional access policy: they mean nothing in another tenant.

Ids that are the same in every tenant are left out: Microsoft's keywords, templates of built-in roles, Microsoft's own
applications, built-in authentication strengths. When in doubt the id is reported: an unknown id counts as the tenant's.
Pure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops_admin.intune.restore.well_known import APPLICATIONS, OF_MICROSOFT, ROLE_TEMPLATES, STRENGTHS, WORDS

_PARTS = ("conditions", "grantControls", "sessionControls")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_LOCATION = "00000000-0000-0000-0000-000000000000"
"""The IPs trusted for multifactor authentication: a location without an id of its own."""
_LISTS_OF_IDS: Mapping[str, frozenset[str]] = {
    "includeUsers": WORDS,
    "excludeUsers": WORDS,
    "includeLocations": WORDS | {_NO_LOCATION},
    "excludeLocations": WORDS | {_NO_LOCATION},
    "includeRoles": WORDS | ROLE_TEMPLATES,
    "excludeRoles": WORDS | ROLE_TEMPLATES,
    "includeApplications": WORDS | APPLICATIONS,
    "excludeApplications": WORDS | APPLICATIONS,
    "includeServicePrincipals": WORDS,
    "excludeServicePrincipals": WORDS,
    "includeAuthenticationContextClassReferences": WORDS,
    "termsOfUse": frozenset(),
}
# Groups are mapped. A tenant's own id is the same everywhere.
_PASSED_OVER = frozenset({"includeGroups", "excludeGroups", "externalTenants"})


@dataclass(frozen=True)
class ForeignId:
    """An id of the source tenant, and the policy property that contains it, such as `excludeLocations`."""

    place: str
    id: str


def foreign_ids(content: Mapping[str, Any]) -> list[ForeignId]:
    """Return the tenant's own ids in a conditional access policy, without duplicates, in document order."""
    found = (each for part in _PARTS for each in _within(part, content.get(part)))
    return list(dict.fromkeys(found))


def _within(place: str, value: Any) -> Iterator[ForeignId]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not _is_passed_over(name, inner):
                yield from _within(place if name == "id" else name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(place, inner)
    elif isinstance(value, str):
        yield from (ForeignId(place, each) for each in _ids_in(place, value))


def _is_passed_over(name: str, value: Any) -> bool:
    is_built_in = name == "authenticationStrength" and isinstance(value, Mapping) and value.get("id") in STRENGTHS
    return is_built_in or name in _PASSED_OVER or _is_annotation(name)


def _is_annotation(name: str) -> bool:
    """OData contexts and links name the object itself, whereas `…@odata.bind` names another."""
    return ("@odata." in name and not name.endswith("@odata.bind")) or name.startswith(("#", "@microsoft.graph."))


def _ids_in(place: str, text: str) -> list[str]:
    if place in _LISTS_OF_IDS:
        known = _LISTS_OF_IDS[place]
        is_known = text in known or text.lower() in known or _is_application(place, text)
        return [] if is_known or not text else [text]
    return [each for each in _ID.findall(text) if not OF_MICROSOFT.fullmatch(each.lower())]


def _is_application(place: str, text: str) -> bool:
    return place.endswith("Applications") and bool(OF_MICROSOFT.fullmatch(text.lower()))
