"""Assignments: `/assign`, which replaces the whole set, and the individual requests of deployment profiles."""

from __future__ import annotations

import copy
from typing import Any

from ops_admin.simulator.checks import body_of
from ops_admin.simulator.errors import bad_request, item_missing, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.store import Tenant

GROUP = "#microsoft.graph.groupAssignmentTarget"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
EVERYONE = (
    "#microsoft.graph.allDevicesAssignmentTarget",
    "#microsoft.graph.allLicensedUsersAssignmentTarget",
)
FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
APP_INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")


def assign(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Replace a policy's assignments with the body's. Raises 400 for a set that Intune would refuse."""
    key = resource.assign_key
    if key is None:
        raise method_not_allowed(call.method)
    current = get_document(resource, tenant, item_id)
    wanted = body_of(call).get(key)
    if not isinstance(wanted, list):
        raise bad_request(f"The parameter '{key}' is missing or is not a collection.", intune=True)
    assignments = [_assignment(resource, item_id, given) for given in wanted]
    _refuse_twice(assignments)
    keep(resource, tenant, current, assignments)
    body = {"value": assignments} if key == "assignments" else None
    return Answer(resource.assign_status, None if resource.assign_status == 204 else body)


def add_one(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """POST of one `{target}`, because deployment profiles have no `/assign`."""
    if resource.assign_key is not None:
        raise method_not_allowed(call.method)
    current = get_document(resource, tenant, item_id)
    assignment = _assignment(resource, item_id, body_of(call))
    present = [*current["assignments"], assignment]
    _refuse_twice(present)
    keep(resource, tenant, current, present)
    return Answer(201, assignment)


def remove_one(call: Call, resource: Resource, tenant: Tenant, item_id: str, assignment_id: str) -> Answer:
    """DELETE of one assignment, for types whose assignments are created one by one."""
    if resource.assign_key is not None:
        raise method_not_allowed(call.method)
    current = get_document(resource, tenant, item_id)
    left = [assignment for assignment in current["assignments"] if assignment["id"] != assignment_id]
    if len(left) == len(current["assignments"]):
        raise item_missing(resource.path, assignment_id)
    keep(resource, tenant, current, left)
    return Answer(204)


def keep(resource: Resource, tenant: Tenant, current: Document, assignments: list[Document]) -> None:
    """Store the policy with new assignments, which does not count as a change of the policy itself."""
    document = {**current, "assignments": assignments}
    if "isAssigned" in document:
        document["isAssigned"] = bool(assignments)
    tenant.collection(resource.key)[current["id"]] = document


def _assignment(resource: Resource, item_id: str, given: Any) -> Document:
    target = given.get("target") if isinstance(given, dict) else None
    if not isinstance(target, dict):
        raise bad_request("An assignment needs a target.", intune=True)
    _check_target(target)
    if resource.key == "mobileApps" and given.get("intent") not in APP_INTENTS:
        raise bad_request(f"'{given.get('intent')}' is not an install intent.", intune=True)
    content = {name: value for name, value in copy.deepcopy(given).items() if name not in ("id", "source", "sourceId")}
    suffix = target.get("groupId") or target["@odata.type"].rpartition(".")[2]
    # An app can be assigned to a group once per intent.
    place = f"{suffix}_{APP_INTENTS.index(given['intent'])}" if resource.key == "mobileApps" else suffix
    made = {"id": f"{item_id}_{place}", **content}
    if resource.assign_key == "assignments":
        made |= {"source": "direct", "sourceId": item_id}
    made["target"] = {FILTER_ID: None, FILTER_TYPE: "none", **content["target"]}
    return made


def _check_target(target: Document) -> None:
    kind = target.get("@odata.type")
    if kind not in (GROUP, EXCLUSION, *EVERYONE):
        raise bad_request(f"'{kind}' is not a target of an assignment.", intune=True)
    if kind not in EVERYONE and not target.get("groupId"):
        raise bad_request("A group target needs a groupId.", intune=True)
    filter_type = target.get(FILTER_TYPE) or "none"
    if filter_type not in ("none", "include", "exclude"):
        raise bad_request(f"'{filter_type}' is not a type of filter.", intune=True)
    if (filter_type != "none") != bool(target.get(FILTER_ID)):
        raise bad_request("An assignment filter needs both its id and its type.", intune=True)
    if kind == EXCLUSION and filter_type != "none":
        raise bad_request("Filters are not supported on exclusion targets.", intune=True)


def _refuse_twice(assignments: list[Document]) -> None:
    ids = [assignment["id"] for assignment in assignments]
    if len(ids) != len(set(ids)):
        raise bad_request("The same group is targeted more than once.", intune=True)
