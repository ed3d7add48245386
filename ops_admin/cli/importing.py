"""`ops-admin runs import`: runs of an earlier system, one JSON object a line (R9)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TextIO

from ops_admin.access.queries import AmbiguousTenant, find_tenant_by_external_id
from ops_admin.cli.context import Refusal
from ops_admin.cli.places import get_workspace
from ops_admin.runs.ledger import SYSTEM, Failure
from ops_admin.runs.legacy import LegacyRun


def read_legacy_runs(lines: TextIO) -> list[LegacyRun]:
    """Return the runs that a file names; a line that cannot be used ends the command before anything is stored."""
    found: list[LegacyRun] = []
    for number, line in enumerate(lines, 1):
        try:
            found += [_run(json.loads(line))] if line.strip() else []
        except (ValueError, AmbiguousTenant, Refusal) as error:
            raise Refusal(f"Line {number}: {error}") from error
    return found


def _run(document: object) -> LegacyRun:
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    workspace_id, tenant_id = _place(document)
    return LegacyRun(
        reference=_text(document, "reference", 100),
        workspace_id=workspace_id,
        tenant_id=tenant_id,
        initiator_name=_text(document, "initiator", 200, SYSTEM),
        type=_text(document, "type", 100),
        status=_text(document, "status", 20),
        outcome=_text(document, "outcome", 30, ""),
        created_at=_required(_moment(document, "created_at"), "created_at"),
        started_at=_moment(document, "started_at"),
        completed_at=_moment(document, "completed_at"),
        counts=_object(document, "counts"),
        failures=tuple(_failures(document)),
        context=_object(document, "context"),
    )


def _place(document: Mapping[str, object]) -> tuple[int, int | None]:
    """Return the workspace, and the tenant unless the run belongs to a workspace alone."""
    if "tenant" not in document:
        return get_workspace(_text(document, "workspace", 200)).id, None
    external_id = _text(document, "tenant", 100)
    tenant = find_tenant_by_external_id(external_id)
    if tenant is None:
        raise ValueError(f"there is no tenant {external_id}")
    return tenant.workspace_id, tenant.id


def _text(document: Mapping[str, object], name: str, longest: int, default: str | None = None) -> str:
    value = document.get(name, default)
    if not isinstance(value, str) or len(value) > longest or not (value or value == default) or "\0" in value:
        raise ValueError(f"{name} must be a text of at most {longest} characters")
    return value


def _moment(document: Mapping[str, object], name: str) -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{name} must be a time with its zone, such as 2026-01-31T08:00:00Z")
    return moment


def _required(moment: datetime | None, name: str) -> datetime:
    if moment is None:
        raise ValueError(f"{name} is missing")
    return moment


def _object(document: Mapping[str, object], name: str) -> dict[str, object]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object")
    return value


def _failures(document: Mapping[str, object]) -> list[Failure]:
    listed = document.get("failures", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError("failures must be a list of objects")
    return [Failure(_text(each, "code", 100), _text(each, "message", 10_000, "")) for each in listed]
