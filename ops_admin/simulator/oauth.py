"""OAuth errors in Entra's wording (AADSTS…)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from ops_admin.simulator.messages import Answer

AUTHORITY = "https://login.microsoftonline.com"


def refusal(status: int, error: str, number: int, text: str) -> Answer:
    """Return an OAuth error in Entra's format: number, trace and correlation ids, time."""
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    description = f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
    body: dict[str, Any] = {
        "error": error,
        "error_description": description,
        "error_codes": [number],
        "timestamp": moment,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{AUTHORITY}/error?code={number}",
    }
    return Answer(status, body)


def tenant_unknown(tenant: str) -> Answer:
    """AADSTS90002: Entra's answer for an unknown directory."""
    text = (
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the"
        " correct cloud. Check with your subscription administrator, this may happen if there are no active"
        " subscriptions for the tenant."
    )
    return refusal(400, "invalid_request", 90002, text)
