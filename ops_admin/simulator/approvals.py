"""Multi-admin approval: writes wait until a second administrator has agreed.

A write without a justification is refused. With one, it registers a request and is refused again. Once the request is
approved, the same write succeeds if it names the request (Microsoft's article on the approval API, Microsoft365DSC
#7236, CIPP: Invoke-CIPPIntuneApprovalRetry).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta

from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.errors import GraphError, intune_message
from ops_admin.simulator.messages import Call
from ops_admin.simulator.resources import find_resource
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

JUSTIFICATION = "x-msft-approval-justification"
CODE = "x-msft-approval-code"
REQUESTS = "operationApprovalRequests"
EVERYTHING = "*"
DECISIONS = ("approved", "rejected")
LASTS = timedelta(days=30)


def admit(call: Call, tenant: Tenant) -> Document | None:
    """Return the approved request that admits a write, or None if none is needed. Raises if the write must wait."""
    found = find_resource(call.segments)
    if call.method == "GET" or found is None or not _is_protected(found[0], tenant):
        return None
    code = call.header(CODE)
    if code:
        return _approved(call, tenant, code)
    text = _justification(call, tenant)
    if any(_is_open(each) and each["operation"] == _operation(call) for each in _requests(tenant)):
        raise _refusal(tenant, "An active Approval Request already exists for this resource.")
    request = _registered(call, tenant, found[0], text)
    error = _refusal(tenant, f"The operation waits for an approval. {CODE}: {request['id']}")
    raise GraphError(error.status, error.code, error.message, headers={CODE: request["id"]})


def complete(tenant: Tenant, request: Document | None) -> None:
    """Mark an approved request as used."""
    if request is not None:
        _change(tenant, request, status="completed")


def decide(tenant: Tenant, request_id: str, decision: str, approver: str) -> Document:
    """Record a second administrator's decision.

    Raises LookupError for an unknown request, ValueError for a closed one.
    """
    request = tenant.collection(REQUESTS)[request_id]
    if decision not in DECISIONS:
        raise ValueError(f"a decision is one of {', '.join(DECISIONS)}")
    if not _is_open(request):
        raise ValueError(f"the request is {request['status']}")
    return _change(tenant, request, status=decision, approver={"user": {"displayName": approver}})


def _is_protected(resource: Resource, tenant: Tenant) -> bool:
    asked = tenant.conduct.approvals
    return resource.key in asked or (EVERYTHING in asked and resource.is_intune)


def _justification(call: Call, tenant: Tenant) -> str:
    """Return the justification, which is UTF-8 text in base64. Raises if there is none."""
    given = call.header(JUSTIFICATION)
    if not given:
        raise _refusal(tenant, f"Header '{JUSTIFICATION}' is required to request approval for this operation.")
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _refusal(tenant, f"Header '{JUSTIFICATION}' must be a base64 encoded string.") from error


def _approved(call: Call, tenant: Tenant, code: str) -> Document:
    request = tenant.collection(REQUESTS).get(code)
    if request is None or request["operation"] != _operation(call):
        raise _refusal(tenant, "The approval code is not valid for this operation.")
    if request["status"] != "approved":
        raise _refusal(tenant, f"The approval request is in status {request['status']}.")
    return request


def _registered(call: Call, tenant: Tenant, resource: Resource, text: str) -> Document:
    moment = datetime.now(UTC)
    body = call.body if isinstance(call.body, dict) else {}
    request: Document = {
        "id": str(uuid.uuid4()),
        "requestDateTime": timestamp(moment),
        "expirationDateTime": timestamp(moment + LASTS),
        "lastModifiedDateTime": timestamp(moment),
        "requestor": {"application": {"displayName": "Application"}},
        "approver": None,
        "status": "needsApproval",
        "requestJustification": text,
        "approvalJustification": None,
        "payloadName": body.get(resource.name_field),
        "requiredOperationApprovalPolicyTypes": [resource.type or resource.key],
        "operation": _operation(call),
    }
    tenant.collection(REQUESTS)[request["id"]] = request
    return request


def _operation(call: Call) -> str:
    """Return what identifies the operation: an approval is valid for this only."""
    body = json.dumps(call.body, sort_keys=True, default=str)
    return f"{call.method} /{'/'.join(call.segments)} {hashlib.sha256(body.encode()).hexdigest()[:16]}"


def _is_open(request: Document) -> bool:
    return bool(request["status"] in ("needsApproval", "approved"))


def _requests(tenant: Tenant) -> list[Document]:
    return list(tenant.collection(REQUESTS).values())


def _change(tenant: Tenant, request: Document, **values: object) -> Document:
    changed = {**request, **values, "lastModifiedDateTime": timestamp()}
    tenant.collection(REQUESTS)[request["id"]] = changed
    return changed


def _refusal(tenant: Tenant, text: str) -> GraphError:
    status = tenant.conduct.approval_status
    return GraphError(status, "Forbidden" if status == 403 else "BadRequest", intune_message(text))
