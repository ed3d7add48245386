"""Reads and replaces the assignments of policies.

Graph takes all assignments of a policy at once; the call differs by type.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import check_storable, cleaned
from ops_admin.graph.errors import N_, NOT_FOUND, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import list_assignments, shown_assignments
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject

NOT_ASSIGNABLE = "assignments.not_assignable"
INVALID = "assignments.invalid"

ASSIGNING_CODES = {
    NOT_ASSIGNABLE: N_("Policies of this type are not assigned to groups: there is nothing to fetch or to write."),
    INVALID: N_("What is stored as this policy's assignments is not what Microsoft Graph calls assignments."),
}

FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
NEEDS_GROUP = frozenset({"#microsoft.graph.groupAssignmentTarget", EXCLUSION})

_APPS = "mobileApps"
_APP_ASSIGNMENT = "#microsoft.graph.mobileAppAssignment"
_READ_ONLY = frozenset({"id", "source", "sourceId", "lastModifiedDateTime"})


class NotAssignable(ValueError):
    """Policies of this type have no assignments."""

    code = NOT_ASSIGNABLE
    public_message = ""


class InvalidAssignment(ValueError):
    """Graph would not accept this assignment: it has no target, say, or a filter on an exclusion."""

    code = INVALID
    public_message = ""


@dataclass(frozen=True)
class AssignmentsReading:
    """All assignments of one policy: either `assignments` or `error` is set."""

    external_id: str
    assignments: list[JSONObject] | None
    error: GraphError | None

    @property
    def failure_code(self) -> str | None:
        """Why they could not be read."""
        return self.error.code if self.error else None


def read_assignments(
    client: GraphClient, policy_type: PolicyType, items: Sequence[JSONObject]
) -> list[AssignmentsReading]:
    """Return all assignments of several policies, which have ids, in the same order.

    Items of a list that showed them have their assignments already; the others are read with `$batch`. If those of one
    policy cannot be read, its result has the error. Raises NotAssignable, and GraphError only when a whole batch fails.
    """
    if not policy_type.assignable:
        raise NotAssignable(policy_type.key)
    shown = {
        number: shown_assignments(item)
        for number, item in enumerate(items)
        if isinstance(item.get("assignments"), list)
    }
    apart = [number for number in range(len(items)) if number not in shown]
    requests = (_request(policy_type, number, str(items[number]["id"])) for number in apart)
    responses = client.batch(requests, version=policy_type.version)
    answers = {number: response.page() for number, response in zip(apart, responses, strict=True)}
    firsts = shown | {number: _first_page(policy_type, answer) for number, answer in answers.items()}
    collected = client.follow_all([firsts[number] for number in range(len(items))], version=policy_type.version)
    return [_reading(str(item["id"]), rows) for item, rows in zip(items, collected, strict=True)]


def _request(policy_type: PolicyType, number: int, policy_id: str) -> BatchRequest:
    path, params = policy_type.assignments_request(policy_id)
    return BatchRequest(str(number), path, params=params)


def _first_page(policy_type: PolicyType, answer: JSONObject | GraphError) -> JSONObject | GraphError:
    if isinstance(answer, GraphError) or not policy_type.assignments_in_item:
        return answer
    return shown_assignments(answer)


def _reading(external_id: str, rows: list[JSONObject] | GraphError) -> AssignmentsReading:
    if isinstance(rows, GraphError):
        return AssignmentsReading(external_id, None, rows)
    try:
        return AssignmentsReading(external_id, [_checked(row) for row in rows], None)
    except GraphError as error:
        return AssignmentsReading(external_id, None, error)


def _checked(row: JSONObject) -> JSONObject:
    target = row.get("target")
    if not isinstance(target, dict) or not isinstance(target.get("@odata.type"), str):
        raise GraphError(UNEXPECTED_RESPONSE)
    check_storable(row)
    return cleaned(row)


def assign(client: GraphClient, policy_type: PolicyType, external_id: str, assignments: Sequence[JSONObject]) -> None:
    """Replace all assignments of a policy.

    Assignments that are not listed are removed. Idempotent. Raises NotAssignable, InvalidAssignment and GraphError;
    with a type whose assignments are written one by one, some may be written before a GraphError.
    """
    if not policy_type.assignable:
        raise NotAssignable(policy_type.key)
    wanted = [writable_assignment(policy_type, assignment) for assignment in assignments]
    if policy_type.assign_key is None:
        _assign_one_by_one(client, policy_type, external_id, wanted)
        return
    path = policy_type.item_path(external_id, policy_type.assign_action)
    # Which 2xx means success differs by type (200, 202, 204).
    client.post(path, {policy_type.assign_key: wanted}, version=policy_type.version, idempotent=True)


def writable_assignment(policy_type: PolicyType, assignment: JSONObject) -> JSONObject:
    """Return what Graph accepts of an assignment, including an app's intent and settings; raises InvalidAssignment."""
    target = _writable_target(assignment.get("target"))
    kept = {name: value for name, value in assignment.items() if name not in _READ_ONLY and not _is_annotation(name)}
    if policy_type.key != _APPS:
        return {**kept, "target": target}
    if not isinstance(kept.get("intent"), str):
        raise InvalidAssignment("an app is assigned with an intent")
    return {"@odata.type": _APP_ASSIGNMENT, **kept, "target": target}


def _writable_target(target: object) -> JSONObject:
    kind = target.get("@odata.type") if isinstance(target, dict) else None
    if not isinstance(target, dict) or not isinstance(kind, str):
        raise InvalidAssignment("an assignment has a target of a kind")
    if kind in NEEDS_GROUP and not target.get("groupId"):
        raise InvalidAssignment("a group target names a group")
    kept = {name: value for name, value in target.items() if not _is_annotation(name)}
    has_filter = bool(kept.get(FILTER_ID)) and kept.get(FILTER_TYPE) not in (None, "none")
    if not has_filter:
        return {name: value for name, value in kept.items() if name not in (FILTER_ID, FILTER_TYPE)}
    if kind == EXCLUSION:
        raise InvalidAssignment("no filter on an exclusion")
    return kept


def _is_annotation(name: str) -> bool:
    return "@odata." in name and name != "@odata.type"


def _assign_one_by_one(
    client: GraphClient, policy_type: PolicyType, external_id: str, wanted: Sequence[JSONObject]
) -> None:
    """Remove assignments that conflict with a missing one, add the missing ones, then remove the others.

    In this order no device loses a policy that it is meant to keep. After a crash the call can be repeated.
    """
    live = list_assignments(client, policy_type, external_id)
    present = {_text(writable_assignment(policy_type, each)["target"]): each for each in live}
    missing = {_text(each["target"]): each for each in wanted if _text(each["target"]) not in present}
    audiences = {_audience(each) for each in missing.values()}
    surplus = {text: each for text, each in present.items() if text not in {_text(each["target"]) for each in wanted}}
    conflicting = {text: each for text, each in surplus.items() if _audience(each) in audiences}
    path = policy_type.item_path(external_id, "assignments")
    _remove(client, policy_type, path, conflicting.values())
    for assignment in missing.values():
        client.post(path, {"target": assignment["target"]}, version=policy_type.version)
    _remove(client, policy_type, path, (each for text, each in surplus.items() if text not in conflicting))


def _remove(client: GraphClient, policy_type: PolicyType, path: str, assignments: Iterable[JSONObject]) -> None:
    for assignment in assignments:
        try:
            client.delete(f"{path}/{path_of(str(assignment.get('id')))}", version=policy_type.version)
        except GraphError as error:
            if error.code != NOT_FOUND:  # already removed
                raise


def _audience(assignment: JSONObject) -> str:
    """Return whom the assignment targets: a group, all devices or all users. Graph allows one assignment for each."""
    target = assignment["target"]
    return str(target.get("groupId") or target["@odata.type"])


def _text(target: object) -> str:
    return json.dumps(target, sort_keys=True)
