"""Turns a body problem into the error of the service that refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_admin.simulator.errors import GraphError, bad_request, model_failure, schema_mismatch
from ops_admin.simulator.schema import BodyProblem, Fault
from ops_admin.simulator.schema.literals import EDM
from ops_admin.simulator.shapes import Resource

SERVICE = "microsoft.management.services.api"
EXAMPLES = (
    "For examples, please see API documentation at"
    " https://docs.microsoft.com/en-us/graph/api/conditionalaccessroot-post-policies?view=graph-rest-1.0."
)
MALFORMED = "The server could not process the request because it is malformed or incorrect."


def refusal_of(problem: BodyProblem, resource: Resource) -> GraphError:
    """Return the error that the owner of a type answers with."""
    if resource.is_intune:
        return _of_intune(problem)
    if problem.fault is Fault.READ_ONLY:
        return access_error(1001, f"'{problem.where}' is a readonly field and cannot be updated. {EXAMPLES}")
    return no_such_schema(resource)


def no_such_schema(resource: Resource) -> GraphError:
    """Return 1007, used for any mismatch (msgraph-sdk-powershell #3089, terraform-provider-azuread #790)."""
    kind = resource.type[0].upper() + resource.type[1:]
    return access_error(1007, f"Incoming {kind} object is null or does not match the schema of {kind} type. {EXAMPLES}")


def access_error(number: int, text: str) -> GraphError:
    """Return a numbered error of Conditional Access."""
    return GraphError(400, "BadRequest", f"{number}: {text}")


def malformed() -> GraphError:
    """Return Conditional Access's error without a number (microsoft-graph-docs #21205, IntuneManagement #396)."""
    return GraphError(400, "BadRequest", MALFORMED)


def unexplained() -> GraphError:
    """Return Intune's usual 400, which does not say what is wrong (IntuneManagement #255)."""
    return bad_request("An error has occurred", intune=True)


def _of_intune(problem: BodyProblem) -> GraphError:
    if problem.fault in (Fault.NOT_A_COLLECTION, Fault.NOT_AN_OBJECT, Fault.BINDING):
        return schema_mismatch(problem.where)
    if problem.fault is Fault.INLINE:
        return bad_request(f"Property '{problem.where}' cannot be written through its owner.", intune=True)
    return model_failure(WORDS[problem.fault](problem))


def _unknown_property(problem: BodyProblem) -> str:
    # Intune-PowerShell-SDK #97 and #98, Microsoft365DSC #1510
    return (
        f"The property '{problem.where}' does not exist on type '{SERVICE}.{problem.expected}'. Make sure to only use"
        " property names that are defined by the type."
    )


def _unknown_type(problem: BodyProblem) -> str:
    # IntuneManagement #249 and #318
    name = str(problem.value).removeprefix("#")
    return (
        f"A type named '{name}' could not be resolved by the model. When a model is available, each type name must"
        " resolve to a valid type."
    )


def _other_type(problem: BodyProblem) -> str:
    # Intune-Config-Frameworks #8
    return (
        f"An entry with type '{SERVICE}.{problem.value}' was found, but it is not assignable to the expected type"
        f" '{SERVICE}.{problem.expected}'. The type specified in the entry must be equal to either the expected type or"
        " a derived type."
    )


def _literal(problem: BodyProblem) -> str:
    # CIS-Microsoft-Intune-For-Windows-IntuneProfile #2, Microsoft365DSC #5954 and #6153
    expected = EDM.get(problem.expected, problem.expected)
    return f"Cannot convert the literal '{_text(problem.value)}' to the expected type '{expected}'."


WORDS: Mapping[Fault, Callable[[BodyProblem], str]] = {
    Fault.UNKNOWN_PROPERTY: _unknown_property,
    Fault.UNKNOWN_TYPE: _unknown_type,
    Fault.OTHER_TYPE: _other_type,
    Fault.ABSTRACT: lambda _problem: "Cannot create an abstract class.",  # msgraph-sdk-powershell #2742
    Fault.LITERAL: _literal,
    # Win32App-Migration-Tool #23
    Fault.UNKNOWN_VALUE: lambda problem: f"Requested value '{_text(problem.value)}' was not found.",
    Fault.READ_ONLY: lambda problem: f"Property '{problem.where}' is read-only and cannot be set.",
}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
