"""`getOmaSettingPlainTextValue`: the plain value of an encrypted custom setting, for those who may write it."""

from __future__ import annotations

import re

from ops_admin.simulator.errors import item_missing
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant

FUNCTION = re.compile(r"(?:microsoft\.graph\.)?getOmaSettingPlainTextValue\(secretReferenceValueId='([^']*)'\)")


def is_asked_for(resource: Resource, rest: tuple[str, ...]) -> bool:
    """Whether the path ends in this function."""
    return resource.key == "deviceConfigurations" and len(rest) == 2 and FUNCTION.fullmatch(rest[1]) is not None


def read(call: Call, resource: Resource, tenant: Tenant, rest: tuple[str, ...]) -> Answer:
    """Return the value behind one of this policy's references. Raises 404 for any other."""
    document = get_document(resource, tenant, rest[0])
    found = FUNCTION.fullmatch(rest[1])
    reference = found[1] if found else ""
    own = {row.get("secretReferenceValueId") for row in document.get("omaSettings") or []}
    if reference not in own or reference not in tenant.secrets:
        raise item_missing(resource.path, reference)
    context = f"{call.origin}/{call.version}/$metadata#Edm.String"
    return Answer(200, {"@odata.context": context, "value": tenant.secrets[reference]})
