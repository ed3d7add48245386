"""Giving a policy to groups (GRAPH.md, "Assignments"): the whole set at once, by each type's own way."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest, BatchResponse
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import check_storable, cleaned
from ops_admin.graph.errors import N_, NOT_FOUND, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import list_assignments
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
_READ_ONLY = frozenset({"id", "source", "sourceId"})


class NotAssignable(ValueError):
    """Policies of this type have no assignments."""

    code = NOT_ASSIGNABLE
    public_message = ""


class InvalidAssignment(ValueError):
    """An assignment that Graph cannot be asked for: without a target, or with a filter on an exclusion."""

    code = INVALID
    public_message = ""


@dataclass(frozen=True)
class AssignmentsReading:
    """All assignments of one policy: either `assignments` or `error` is set."""

    external_id: str
    assignments: list[JSONObject] | None
    error: GraphError | None


def read_assignments(
    client: GraphClient, policy_type: PolicyType, external_ids: Sequence[str]
) -> list[AssignmentsReading]:
    """Read the assignments of several policies, over all pages, by `$batch`, in the order of the ids.

    A policy whose assignments cannot be read is an error of its own. Raises NotAssignable, and GraphError only when
    Graph fails as a whole.
    """
    if not policy_type.assignable:
        raise NotAssignable(policy_type.key)
    requests = [
        BatchRequest(str(number), policy_type.item_path(external_id, "assignments"))
        for number, external_id in enumerate(external_ids)
    ]
    responses = client.batch(requests, version=policy_type.version)
    return [_reading(client, *pair) for pair in zip(external_ids, responses, strict=True)]


def _reading(client: GraphClient, external_id: str, response: BatchResponse) -> AssignmentsReading:
    try:
        rows = [_cleaned(row) for page in client.follow(response.json_object()) for row in page]
    except GraphError as error:
        return AssignmentsReading(external_id, None, error)
    return AssignmentsReading(external_id, rows, None)


def _cleaned(row: JSONObject) -> JSONObject:
    target = row.get("target")
    if not isinstance(target, dict) or not isinstance(target.get("@odata.type"), str):
        raise GraphError(UNEXPECTED_RESPONSE)
    check_storable(row)
    return cleaned(row)


def assign(client: GraphClient, policy_type: PolicyType, external_id: str, assignments: Sequence[JSONObject]) -> None:
    """Replace all assignments of a policy by these.

    What is to stay must be among them. Doing it twice is doing it once. Raises NotAssignable, InvalidAssignment and
    GraphError; when the latter happens to a type that is assigned one by one, a part may have been done.
    """
    if not policy_type.assignable:
        raise NotAssignable(policy_type.key)
    wanted = [writable_assignment(policy_type, assignment) for assignment in assignments]
    if policy_type.assign_key is None:
        _assign_one_by_one(client, policy_type, external_id, wanted)
        return
    path = policy_type.item_path(external_id, "assign")
    # Any 2xx is a success; which one differs by type (200, 202, 204) and says nothing more.
    client.post(path, {policy_type.assign_key: wanted}, version=policy_type.version, idempotent=True)


def writable_assignment(policy_type: PolicyType, assignment: JSONObject) -> JSONObject:
    """Return an assignment as it may be sent, its app intent and settings included; raises InvalidAssignment."""
    target = _writable_target(assignment.get("target"))
    kept = {name: value for name, value in assignment.items() if name not in _READ_ONLY and not _is_of_reply(name)}
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
    kept = {name: value for name, value in target.items() if not _is_of_reply(name)}
    if _has_filter(kept) and kind == EXCLUSION:
        raise InvalidAssignment("no filter on an exclusion")
    return _without_empty_filter(kept)


def _without_empty_filter(target: JSONObject) -> JSONObject:
    if _has_filter(target):
        return target
    return {name: value for name, value in target.items() if name not in (FILTER_ID, FILTER_TYPE)}


def _has_filter(target: JSONObject) -> bool:
    return bool(target.get(FILTER_ID)) and target.get(FILTER_TYPE) not in (None, "none")


def _is_of_reply(name: str) -> bool:
    return "@odata." in name and name != "@odata.type"


def _assign_one_by_one(
    client: GraphClient, policy_type: PolicyType, external_id: str, wanted: Sequence[JSONObject]
) -> None:
    """Remove what stands in the way of a wanted one, add what is missing, then remove the rest.

    In this order no device is without the policy that is to keep it, and a repetition after a crash goes on
    where the first one was.
    """
    present = {_target_text(policy_type, each): each for each in list_assignments(client, policy_type, external_id)}
    missing = {_text(each["target"]): each for each in wanted if _text(each["target"]) not in present}
    aims = {_aim(each) for each in missing.values()}
    surplus = {text: each for text, each in present.items() if text not in {_text(each["target"]) for each in wanted}}
    in_the_way = {text: each for text, each in surplus.items() if _aim(each) in aims}
    path = policy_type.item_path(external_id, "assignments")
    _remove(client, policy_type, path, in_the_way.values())
    for assignment in missing.values():
        client.post(path, {"target": assignment["target"]}, version=policy_type.version)
    _remove(client, policy_type, path, (each for text, each in surplus.items() if text not in in_the_way))


def _remove(client: GraphClient, policy_type: PolicyType, path: str, assignments: Iterable[JSONObject]) -> None:
    for assignment in assignments:
        try:
            client.delete(f"{path}/{path_of(str(assignment.get('id')))}", version=policy_type.version)
        except GraphError as error:
            if error.code != NOT_FOUND:  # gone is what was wanted
                raise


def _target_text(policy_type: PolicyType, assignment: JSONObject) -> str:
    return _text(writable_assignment(policy_type, assignment)["target"])


def _aim(assignment: JSONObject) -> str:
    """What may be targeted only once: a group, or all devices, or all users."""
    target = assignment["target"]
    return str(target.get("groupId") or target["@odata.type"])


def _text(target: object) -> str:
    return json.dumps(target, sort_keys=True)
