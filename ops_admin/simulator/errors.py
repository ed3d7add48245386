"""Errors in Microsoft Graph's envelope, and the JSON that Intune nests in their messages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class GraphError(Exception):
    """An error answer. `inner` stands beside the request ids. Intune hides JSON in the message (`intune_message`)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        inner_key: str = "innerError",
        inner: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.inner_key = inner_key
        self.inner = dict(inner or {})

    def envelope(self, client_request_id: str | None = None) -> dict[str, Any]:
        """Return the body of the answer. Request ids are new each time, as in the real service."""
        request_id = str(uuid.uuid4())
        inner = {
            **self.inner,
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        return {"error": {"code": self.code, "message": self.message, self.inner_key: inner}}


def intune_message(message: str, *, phrase: str = "", retry_after: str | None = None, depth: int = 1) -> str:
    """Return Intune's message, a JSON string. `depth` 2 wraps it once more, as its gateways sometimes do."""
    activity = uuid.uuid4()
    text = (
        f"{message} - Operation ID (for customer support): {uuid.UUID(int=0)} - Activity ID: {activity}"
        " - Url: https://fef.amsub0102.manage.microsoft.com/DeviceConfiguration_2411/StatelessDeviceConfigurationFEService"
    )
    fields = {
        "_version": 3,
        "Message": text,
        "CustomApiErrorPhrase": phrase,
        "RetryAfter": retry_after,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    }
    nested = json.dumps(fields, indent=2).replace("\n", "\r\n")
    if depth > 1:
        return json.dumps({"error": {"code": "UnknownError", "message": nested}})
    return nested


def unknown_segment(segment: str) -> GraphError:
    """Return Graph's error for an unknown path, such as most Intune resources under v1.0."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def item_missing(path: str, item_id: str) -> GraphError:
    """Return a 404 in the wording of the service that owns the path."""
    if path.startswith("device"):
        return GraphError(404, "ResourceNotFound", intune_message("An error has occurred"))
    text = f"Resource '{item_id}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", text)


def bad_request(message: str, *, intune: bool = False) -> GraphError:
    """Return a 400. Intune's own checks nest the text in their JSON message."""
    return GraphError(400, "BadRequest", intune_message(message) if intune else message)


def model_failure(message: str) -> GraphError:
    """400 from the layer that parses a body by its type. It repeats its message (Intune-PowerShell-SDK #98)."""
    return GraphError(400, "ModelValidationFailure", message, inner={"message": message})


def schema_mismatch(name: str) -> GraphError:
    """400 from the gateway in front of the service (Intune-PowerShell-SDK #4, msgraph-sdk-powershell #960)."""
    return GraphError(400, "BadRequest", f"Property {name} in payload has a value that does not match schema.")


def method_not_allowed(method: str) -> GraphError:
    """Return a 405, for a method that the path does not support."""
    return GraphError(
        405, "Request_BadRequest", f"Specified HTTP method is not allowed for the request target. ({method})"
    )
