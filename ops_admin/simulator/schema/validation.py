"""Checks a body against its type: every property and every value, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops_admin.simulator.schema.literals import fits
from ops_admin.simulator.schema.problems import BodyProblem, Fault
from ops_admin.simulator.schema.types import Property, Schema

TYPE = "@odata.type"
BIND = "@odata.bind"
PREFIX = "microsoft.graph."
UNSET = ("string", "date")
"""Kinds of read-only properties that may be null in a write: exports contain them so, e.g. the dates of
update rings.
"""

INLINE = frozenset(
    {
        ("androidManagedAppProtection", "apps"),
        ("deviceComplianceScheduledActionForRule", "scheduledActionConfigurations"),
        ("deviceCompliancePolicy", "scheduledActionsForRule"),
        ("deviceManagementComplianceScheduledActionForRule", "scheduledActionConfigurations"),
        ("deviceManagementCompliancePolicy", "scheduledActionsForRule"),
        ("deviceManagementCompliancePolicy", "settings"), ("deviceManagementConfigurationPolicy", "settings"),
        ("groupPolicyDefinitionValue", "presentationValues"), ("iosManagedAppProtection", "apps"),
        ("managedAppConfiguration", "settings"), ("policySet", "items"), ("targetedManagedAppConfiguration", "apps"),
        ("windowsManagedAppProtection", "apps"),
    }
)  # fmt: skip
"""Entities that may be written inside their owner, by the type that has them."""


@dataclass(frozen=True)
class Body:
    """How to check a body.

    `passed_over` are root properties that the service ignores, whatever their value. `allowed` are read-only properties
    that this body may contain at any depth. `reading` accepts everything that a read may return, for checking stored
    data.
    """

    schema: Schema
    passed_over: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    reading: bool = False


def check_body(body: Body, expected: str, content: Mapping[str, Any], *, root: bool = True) -> str:
    """Check an object of the expected type or one derived from it, and return its type. Raises BodyProblem."""
    kind = _type_of(body, expected, content)
    properties = body.schema.properties(kind)
    for name, value in content.items():
        if root and name in body.passed_over:
            continue
        _check_member(body, kind, properties, name, value)
    return kind


def check_value(body: Body, owner: str, name: str, known: Property, value: Any) -> None:
    """Check the value of one property. Raises BodyProblem."""
    if not known.many:
        _check_one(body, owner, name, known, value)
        return
    if value is None:
        return
    if not isinstance(value, list):
        raise BodyProblem(Fault.NOT_A_COLLECTION, name, owner, value)
    for each in value:
        if each is None and known.complex:
            raise BodyProblem(Fault.NOT_AN_OBJECT, name, owner, value)
        _check_one(body, owner, name, known, each)


def _type_of(body: Body, expected: str, content: Mapping[str, Any]) -> str:
    given = content.get(TYPE)
    if given is None:
        if body.schema.is_abstract(expected):
            raise BodyProblem(Fault.ABSTRACT, TYPE, expected)
        return expected
    name = str(given).removeprefix("#").removeprefix(PREFIX)
    if name not in body.schema:
        raise BodyProblem(Fault.UNKNOWN_TYPE, TYPE, expected, given)
    if not body.schema.is_a(name, expected):
        raise BodyProblem(Fault.OTHER_TYPE, TYPE, expected, name)
    if body.schema.is_abstract(name):
        raise BodyProblem(Fault.ABSTRACT, TYPE, name)
    return name


def _check_member(body: Body, kind: str, properties: Mapping[str, Property], name: str, value: Any) -> None:
    if name.startswith("@") or name.endswith("@odata.type"):
        return
    if name.endswith(BIND):
        _check_binding(kind, properties.get(name.removesuffix(BIND)), name, value)
        return
    known = properties.get(name)
    if known is None:
        if body.reading and "@odata." in name:
            return
        raise BodyProblem(Fault.UNKNOWN_PROPERTY, name, kind, value)
    if not body.reading:
        _check_writable(body, kind, known, name, value)
    check_value(body, kind, name, known, value)


def _check_writable(body: Body, kind: str, known: Property, name: str, value: Any) -> None:
    if known.navigation and not any((owner, name) in INLINE for owner in _line(body.schema, kind)):
        raise BodyProblem(Fault.INLINE, name, kind, value)
    if known.read_only and name not in body.allowed and (value is not None or known.kind not in UNSET):
        raise BodyProblem(Fault.READ_ONLY, name, kind, value)


def _check_binding(kind: str, known: Property | None, name: str, value: Any) -> None:
    if known is None or not known.navigation:
        raise BodyProblem(Fault.UNKNOWN_PROPERTY, name.removesuffix(BIND), kind, value)
    links = value if known.many else [value]
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        raise BodyProblem(Fault.BINDING, name, kind, value)


def _check_one(body: Body, owner: str, name: str, known: Property, value: Any) -> None:
    if value is None or known.kind == "any":
        return
    if known.complex:
        _check_object(body, owner, name, known, value)
    elif known.enum:
        values = body.schema.enums[known.kind]
        # Flag enumerations are written with commas. The schema does not say which ones are flags.
        if not isinstance(value, str) or not all(part.strip() in values for part in value.split(",")):
            raise BodyProblem(Fault.UNKNOWN_VALUE, name, owner, value)
    elif not fits(known.kind, value):
        raise BodyProblem(Fault.LITERAL, name, known.kind, value)


def _check_object(body: Body, owner: str, name: str, known: Property, value: Any) -> None:
    if not isinstance(value, dict):
        raise BodyProblem(Fault.NOT_AN_OBJECT, name, owner, value)
    if known.kind in body.schema:
        check_body(body, known.kind, value, root=False)


def _line(schema: Schema, kind: str) -> list[str]:
    """Return a type and its bases."""
    line = [kind]
    while schema.bases.get(line[-1]):
        line.append(schema.bases[line[-1]])
    return line
