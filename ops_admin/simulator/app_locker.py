"""Files of AppLocker rules: parts of a policy that are added and removed one by one."""

from __future__ import annotations

import uuid

from ops_admin.simulator.checks import body_of
from ops_admin.simulator.documents import revised
from ops_admin.simulator.errors import bad_request, item_missing, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals import bodies
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant

FILES = ("protectedAppLockerFiles", "exemptAppLockerFiles")
FILE = "windowsInformationProtectionAppLockerFile"


def write_file(call: Call, resource: Resource, tenant: Tenant, item_id: str, rest: tuple[str, ...]) -> Answer:
    """POST of a new file: 201; DELETE of one: 204. Raises 405 for anything else."""
    current, name = get_document(resource, tenant, item_id), rest[0]
    if len(rest) == 1 and call.method == "POST":
        body = body_of(call)
        bodies.check_part(resource, FILE, body)
        if not body.get("displayName") or not body.get("file"):
            raise bad_request("A file needs a name and its content.", intune=True)
        row = {**body, "id": str(uuid.uuid4())}
        tenant.replace(resource, revised(resource, {**current, name: [*current[name], row]}))
        return Answer(201, row)
    if len(rest) != 2 or call.method != "DELETE":
        raise method_not_allowed(call.method)
    left = [row for row in current[name] if row["id"] != rest[1]]
    if len(left) == len(current[name]):
        raise item_missing(resource.path, rest[1])
    tenant.replace(resource, revised(resource, {**current, name: left}))
    return Answer(204)
