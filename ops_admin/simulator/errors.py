"""Errors in Microsoft Graph's envelope, and the JSON that Intune hides inside their messages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class GraphError(Exception):
    """An error answer. `nested` puts Intune's JSON string where the message belongs (see `intune_message`)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        inner_key: str = "innerError",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.inner_key = inner_key

    def envelope(self, client_request_id: str | None = None) -> dict[str, Any]:
        """The body of the answer; request ids are new each time, as they are on the real service."""
        request_id = str(uuid.uuid4())
        inner = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        return {"error": {"code": self.code, "message": self.message, self.inner_key: inner}}


def intune_message(message: str, *, phrase: str = "", retry_after: str | None = None, depth: int = 1) -> str:
    """Intune's message: a JSON string; with `depth` 2 wrapped once more, as its gateways sometimes do."""
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
    """What Graph says of a path it has not, e.g. of most Intune resources under v1.0."""
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def item_missing(path: str, item_id: str) -> GraphError:
    """404 in the dialect of the service that owns the path."""
    if path.startswith("device"):
        return GraphError(404, "ResourceNotFound", intune_message("An error has occurred"))
    text = f"Resource '{item_id}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", text)


def bad_request(message: str, *, intune: bool = False) -> GraphError:
    """400; Intune's own checks hide the sentence inside its JSON message."""
    return GraphError(400, "BadRequest", intune_message(message) if intune else message)


def method_not_allowed(method: str) -> GraphError:
    """405 for a verb that a path does not know."""
    return GraphError(
        405, "Request_BadRequest", f"Specified HTTP method is not allowed for the request target. ({method})"
    )
