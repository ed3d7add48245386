"""Multi-admin approval: a write waits until a second administrator has agreed."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from tests.simulator.service import Service, nested

CATEGORIES = "/deviceManagement/deviceCategories"
JUSTIFICATION = "x-msft-approval-justification"
CODE = "x-msft-approval-code"
REASON = {JUSTIFICATION: base64.b64encode("Für den neuen Standort".encode()).decode()}
BODY = {"displayName": "Werkstatt"}


@pytest.fixture
def guarded(service: Service) -> Service:
    conduct(service, approvals=["deviceCategories"])
    return service


def conduct(service: Service, **values: Any) -> Any:
    return service.control("PUT", f"/tenants/{service.tenant}/conduct", values)


def ask(service: Service, headers: Mapping[str, str] | None = None, body: Mapping[str, Any] = BODY) -> Any:
    return service.send("POST", CATEGORIES, json=body, headers=headers or {})


def request_approval(service: Service) -> str:
    return str(ask(service, REASON).headers[CODE])


def decide(service: Service, request_id: str, decision: str) -> Any:
    return service.control("POST", f"/tenants/{service.tenant}/approvals/{request_id}/{decision}", {"by": "Bo Boss"})


@pytest.mark.parametrize(("status", "code"), [(400, "BadRequest"), (403, "Forbidden")])
def test_a_write_without_a_justification_is_refused(guarded: Service, status: int, code: str) -> None:
    """Microsoft365DSC #7236; 403 is what it was before."""
    conduct(guarded, approval_status=status)
    answer = ask(guarded)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert f"Header '{JUSTIFICATION}' is required to request approval" in nested(answer)["Message"]
    assert guarded.control("GET", f"/tenants/{guarded.tenant}/approvals")["value"] == []


def test_a_justification_is_base64(guarded: Service) -> None:
    """CIPP: Invoke-ExecUpdateDriftDeviation."""
    answer = ask(guarded, {JUSTIFICATION: "For the new site"})
    assert "must be a base64 encoded string" in nested(answer)["Message"]


def test_a_justified_write_waits_and_does_nothing(guarded: Service) -> None:
    before = guarded.rows(CATEGORIES)
    answer = ask(guarded, REASON)
    assert answer.status_code == 400
    assert answer.headers[CODE] in nested(answer)["Message"]
    assert guarded.rows(CATEGORIES) == before
    (request,) = guarded.rows("/deviceManagement/operationApprovalRequests?$filter=status eq 'needsApproval'")
    assert (request["id"], request["requestJustification"]) == (answer.headers[CODE], "Für den neuen Standort")
    again = ask(guarded, REASON)
    assert "An active Approval Request already exists" in nested(again)["Message"]


def test_an_approved_write_goes_through_once(guarded: Service) -> None:
    code = request_approval(guarded)
    assert "status needsApproval" in nested(ask(guarded, {CODE: code}))["Message"]
    decide(guarded, code, "approved")
    assert ask(guarded, {CODE: code}).status_code == 201
    assert "status completed" in nested(ask(guarded, {CODE: code}))["Message"]
    request = guarded.get(f"/deviceManagement/operationApprovalRequests/{code}").json()
    assert (request["status"], request["approver"]["user"]["displayName"]) == ("completed", "Bo Boss")


def test_a_rejected_write_does_not(guarded: Service) -> None:
    code = request_approval(guarded)
    decide(guarded, code, "rejected")
    assert "status rejected" in nested(ask(guarded, {CODE: code}))["Message"]


def test_an_approval_is_for_one_operation(guarded: Service) -> None:
    code = request_approval(guarded)
    decide(guarded, code, "approved")
    other = ask(guarded, {CODE: code}, {"displayName": "Something else"})
    assert "not valid for this operation" in nested(other)["Message"]
    assert ask(guarded, {CODE: "unknown"}).status_code == 400


def test_reads_and_other_types_do_not_wait(guarded: Service) -> None:
    assert guarded.get(CATEGORIES).status_code == 200
    path = "/deviceManagement/notificationMessageTemplates"
    assert guarded.send("POST", path, json={"displayName": "x"}).status_code == 201


def test_everything_of_intune_can_be_guarded(service: Service) -> None:
    conduct(service, approvals=["*"])
    assert ask(service).status_code == 400
    assert service.send("PATCH", "/identity/conditionalAccess/policies/x", json={}).status_code == 404
    conduct(service, approvals=[])
    assert ask(service).status_code == 201
