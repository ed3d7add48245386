"""What can be wrong with a body. The service that owns the path words the error."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """Kinds of problems that the types reveal."""

    UNKNOWN_PROPERTY = "unknown property"
    UNKNOWN_TYPE = "unknown type"
    OTHER_TYPE = "type of another collection"
    ABSTRACT = "abstract type"
    LITERAL = "value of another type"
    NOT_A_COLLECTION = "no collection"
    NOT_AN_OBJECT = "no object"
    UNKNOWN_VALUE = "unknown enumeration value"
    READ_ONLY = "read-only property"
    INLINE = "navigation property inline"
    BINDING = "binding of what cannot be bound"


class BodyProblem(ValueError):
    """A body does not fit its type. `where` is the property, `expected` the type that it belongs to."""

    def __init__(self, fault: Fault, where: str, expected: str, value: object = None) -> None:
        super().__init__(f"{fault.value}: {where} of {expected}")
        self.fault = fault
        self.where = where
        self.expected = expected
        self.value = value
