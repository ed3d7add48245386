"""`policies.export` (R41): writes the newest versions of chosen policies to a zip, with a folder for each type."""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from flask import current_app

from ops_admin.config import Settings
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import default_disk
from ops_admin.intune.operations import tenant_of
from ops_admin.intune.policies.codes import NEVER_READ, NOTHING_TO_EXPORT, POLICY_NOT_FOUND
from ops_admin.intune.policies.exports import WrittenFile, announce_export, record_export
from ops_admin.intune.policies.filenames import Names, safe_name
from ops_admin.intune.policies.operations.choosing import batches, chosen_ids
from ops_admin.intune.policies.queries import CurrentContent, read_current_contents
from ops_admin.intune.policies.references import PolicyReference, find_references
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.queries import get_run

# Policies in memory at once; a version may have megabytes.
BATCH = 25
MANIFEST = "manifest.json"


def export_policies(handle: RunHandle) -> None:
    """Write the file and then record it. A repeated export replaces the whole file."""
    settings: Settings = current_app.config["SETTINGS"]
    ids = chosen_ids(handle)
    references = find_references(tenant_of(handle).id, ids)
    handle.progress(total=len(ids), processed=0, succeeded=0, failed=0)
    _report_missing(handle, len(ids) - len(references))
    disk = default_disk(settings)
    path = f"exports/{tenant_of(handle).id}/run-{handle.run_id}.zip"
    announce_export(tenant_of(handle).id, handle.run_id, disk.name, path)
    with disk.write(path) as file:
        written = _write_archive(handle, file, references)
        if not written:
            raise OperationFailed(NOTHING_TO_EXPORT)
    name = f"{safe_name(tenant_of(handle).display_name)} policies {get_run(handle.run_id).created_at:%Y-%m-%d}.zip"
    whole = WrittenFile(disk.name, path, name, disk.size(path), written)
    expires_at = record_export(tenant_of(handle).id, handle.run_id, whole)
    handle.progress(items=written)
    handle.update_context(
        policy_export={"expires_at": expires_at.isoformat(), "bytes": whole.size, "policies": written}
    )


def _report_missing(handle: RunHandle, number: int) -> None:
    if number:
        handle.failure(POLICY_NOT_FOUND, count=number)
        handle.count(processed=number, failed=number)


def _write_archive(handle: RunHandle, file: IO[bytes], references: Sequence[PolicyReference]) -> int:
    names, manifest = Names(), []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for reference, current in _contents(handle, references):
            path = names.take(reference.type, reference.name, reference.external_id)
            entry = zipfile.ZipInfo(path, current.captured_at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, _document(current))
            manifest.append(_manifest_entry(path, reference, current))
        archive.writestr(MANIFEST, json.dumps(_manifest(handle, manifest), indent=1, ensure_ascii=False))
    return len(manifest)


def _contents(
    handle: RunHandle, references: Sequence[PolicyReference]
) -> Iterator[tuple[PolicyReference, CurrentContent]]:
    for positions in batches(range(len(references)), BATCH):
        batch = [references[position] for position in positions]
        found = read_current_contents([reference.id for reference in batch])
        for reference in batch:
            if reference.id in found:
                yield reference, found[reference.id]
            else:
                handle.failure(NEVER_READ, reference.name)
        handle.count(processed=len(batch), succeeded=len(found), failed=len(batch) - len(found))
        handle.checkpoint()


def _document(current: CurrentContent) -> str:
    """Return the content as JSON, with the assignments where Graph's expanded form has them."""
    content: dict[str, Any] = json.loads(current.content)
    if current.assignments is not None:
        content["assignments"] = current.assignments
    return json.dumps(content, indent=2, ensure_ascii=False)


def _manifest_entry(path: str, reference: PolicyReference, current: CurrentContent) -> Mapping[str, Any]:
    return {
        "file": path,
        "type": reference.type,
        "id": reference.external_id,
        "name": reference.name,
        "version": current.number,
        "captured_at": current.captured_at.isoformat(),
        "content_sha256": current.content_hash,
        "assignments": current.assignments is not None,
    }


def _manifest(handle: RunHandle, entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    tenant = tenant_of(handle)
    return {
        "tenant_id": tenant.external_id,
        "tenant_name": tenant.display_name,
        "exported_at": utcnow().isoformat(),
        "run": handle.run_id,
        "policies": entries,
    }
