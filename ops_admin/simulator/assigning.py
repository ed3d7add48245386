"""Assignments: `/assign`, which replaces the whole set, and the individual requests of deployment profiles."""

from __future__ import annotations

import copy
from typing import Any

from ops_admin.simulator.arrival import is_package
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.errors import bad_request, item_missing, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.references import references_in
from ops_admin.simulator.refusals import app_bodies, bodies, foreign_ids
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.shapes import Assigning, Document, Resource
from ops_admin.simulator.tenants import Tenant

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
    assigning = resource.assigning
    if assigning is None or assigning.key is None:
        raise method_not_allowed(call.method)
    current, body = get_document(resource, tenant, item_id), body_of(call)
    if tenant.conduct.strict:
        bodies.check_parameters(resource, "assign", body)
    wanted = body.get(assigning.key)
    if not isinstance(wanted, list):
        raise bad_request(f"The parameter '{assigning.key}' is missing or is not a collection.", intune=True)
    assignments = [_assignment(resource, item_id, given) for given in wanted]
    replace(resource, tenant, current, assignments)
    answered = {"value": assignments} if assigning.key == "assignments" else None
    return Answer(assigning.status, None if assigning.status == 204 else answered)


def add_one(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """POST of one `{target}`, because deployment profiles have no `/assign`."""
    assigning = _one_by_one(call, resource)
    current, body = get_document(resource, tenant, item_id), body_of(call)
    if tenant.conduct.strict:
        bodies.check_part(resource, assigning.type, body)
    assignment = _assignment(resource, item_id, body)
    replace(resource, tenant, current, [*current["assignments"], assignment])
    return Answer(201, assignment)


def remove_one(call: Call, resource: Resource, tenant: Tenant, item_id: str, assignment_id: str) -> Answer:
    """DELETE of one assignment, for types whose assignments are created one by one."""
    _one_by_one(call, resource)
    current = get_document(resource, tenant, item_id)
    left = [assignment for assignment in current["assignments"] if assignment["id"] != assignment_id]
    if len(left) == len(current["assignments"]):
        raise item_missing(resource.path, assignment_id)
    keep(resource, tenant, current, left)
    return Answer(204)


def replace(resource: Resource, tenant: Tenant, current: Document, assignments: list[Document]) -> None:
    """Replace a policy's assignments. Raises 400 for a set that Intune refuses."""
    _refuse_twice(assignments)
    if tenant.conduct.strict:
        if current.get("isDefaultProfile") or current.get("isBuiltIn"):
            raise bad_request("A built-in object applies to everybody and cannot be assigned.", intune=True)
        foreign_ids.check_references(tenant, references_in(resource, {"assignments": assignments}))
        if resource.key == "mobileApps" and is_package(current):
            app_bodies.check_published(current)
    keep(resource, tenant, current, assignments)


def keep(resource: Resource, tenant: Tenant, current: Document, assignments: list[Document]) -> None:
    """Store the policy with new assignments, which does not count as a change of the policy itself."""
    document = {**current, "assignments": assignments}
    if "isAssigned" in document:
        document["isAssigned"] = bool(assignments)
    tenant.replace(resource, document)


def targeted(owner: str, given: Any) -> Document:
    """Return an assignment with its id and a complete target. Raises 400 for an impossible target."""
    target = given.get("target") if isinstance(given, dict) else None
    if not isinstance(target, dict):
        raise bad_request("An assignment needs a target.", intune=True)
    _check_target(target)
    content = {name: value for name, value in copy.deepcopy(given).items() if name not in ("id", "source", "sourceId")}
    suffix = target.get("groupId") or target["@odata.type"].rpartition(".")[2]
    whole = {FILTER_ID: None, FILTER_TYPE: "none", **content["target"]}
    return {"id": f"{owner}_{suffix}", **content, "target": whole}


def _one_by_one(call: Call, resource: Resource) -> Assigning:
    if resource.assigning is None or resource.assigning.key is not None:
        raise method_not_allowed(call.method)
    return resource.assigning


def _assignment(resource: Resource, item_id: str, given: Any) -> Document:
    made = targeted(item_id, given)
    if resource.key == "mobileApps":
        if given.get("intent") not in APP_INTENTS:
            raise bad_request(f"'{given.get('intent')}' is not an install intent.", intune=True)
        # An app can be assigned to a group once per intent.
        made["id"] = f"{made['id']}_{APP_INTENTS.index(given['intent'])}"
    kind = resource.assigning.type if resource.assigning else ""
    if "source" in load_schema().properties(kind):
        made |= {"source": "direct", "sourceId": item_id}
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
