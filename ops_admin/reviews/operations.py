"""`review_pack.generate` (R46): evidence about a tenant, from the database alone, as a zip in file storage."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from flask import current_app
from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import default_disk
from ops_admin.infra.file_storage.disks import FILE_CODES, DiskUnavailable
from ops_admin.reviews import options, storage
from ops_admin.reviews.codes import NO_SPACE, PACK_CODES, RECORD_MISSING, UNREADABLE_RECORD
from ops_admin.reviews.lifecycle import REVIEW_PACK_GENERATE_KEY, admit, follow_run, mirrored
from ops_admin.reviews.options import OPTIONS, parse_inputs
from ops_admin.reviews.queries import ReviewPack, find_pack_of_run
from ops_admin.reviews.report.assignments import collect_coverage
from ops_admin.reviews.report.bundle import write_bundle
from ops_admin.reviews.report.changes import collect_changes
from ops_admin.reviews.report.cleaning import clean, stamp
from ops_admin.reviews.report.document import Cover, Sections, write_report
from ops_admin.reviews.report.inventory import collect_inventory
from ops_admin.reviews.report.policies import count_policies
from ops_admin.reviews.report.runs import collect_runs
from ops_admin.reviews.storage import PackFile
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.codes import TENANT_MISSING
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import SYSTEM
from ops_admin.runs.queries import RunFilter, Scope, count_runs

LIFETIME = timedelta(days=30)
"""How long a pack may be downloaded."""

_POLICY_SECTIONS = (options.INVENTORY, options.CHANGES, options.ASSIGNMENTS)

Figures = TypeVar("Figures")

logger = logging.getLogger(__name__)


def generate_pack(handle: RunHandle) -> None:
    """Write a run's pack: temporary files first, then one zip that appears whole or not at all."""
    tenant, pack = _tenant_and_pack(handle)
    disk, path = default_disk(current_app.config["SETTINGS"]), f"review-packs/{tenant.id}/{pack.id}.zip"
    cover = _make_cover(tenant, pack, utcnow())
    _announce_total(handle, tenant, cover)
    with _temporary_folder() as folder:
        sections = _collect_sections(handle, tenant, cover, folder)
        with _write_errors_translated():
            write_report(folder, cover, sections)
        handle.checkpoint()
        if not storage.announce_file(pack.id, disk.name, path):
            return  # somebody else has ended the run meanwhile; the executor finds that out, too
        with disk.write(path) as file:
            write_bundle(file, folder, _manifest_facts(cover), cover.generated_at)
    written = PackFile(disk.size(path), _key_figures(sections), cover.generated_at, cover.expires_at)
    if not storage.record_file(pack.id, written):
        disk.delete(path)  # the run has ended meanwhile, so nobody will download the file


def _tenant_and_pack(handle: RunHandle) -> tuple[Tenant, ReviewPack]:
    pack = find_pack_of_run(handle.run_id)
    if handle.tenant is None:
        raise OperationFailed(TENANT_MISSING)
    if pack is None:
        raise OperationFailed(RECORD_MISSING)
    return handle.tenant, pack


def _make_cover(tenant: Tenant, pack: ReviewPack, now: datetime) -> Cover:
    return Cover(
        tenant_name=clean(tenant.display_name),
        tenant_id=tenant.external_id,
        run_id=pack.operation_run_id,
        started_by=clean(pack.initiator_name or SYSTEM),
        since=now - timedelta(days=pack.options.days),
        generated_at=now,
        expires_at=now + LIFETIME,
        options=pack.options,
    )


def _announce_total(handle: RunHandle, tenant: Tenant, cover: Cover) -> None:
    """Report how many records will be read: the policies once per section, and the runs of the period."""
    chosen = cover.options.sections
    total = count_policies(tenant.id) * sum(key in chosen for key in _POLICY_SECTIONS)
    if options.OPERATIONS in chosen:
        scope = Scope(frozenset({tenant.id}), frozenset())
        in_period = RunFilter(tenant_id=tenant.id, since=cover.since, until=cover.generated_at)
        total += count_runs(scope, in_period).number
    handle.progress(total=total, processed=0, succeeded=0, failed=0)


def _collect_sections(handle: RunHandle, tenant: Tenant, cover: Cover, folder: Path) -> Sections:
    def step(number: int, failed: int) -> None:
        processed = handle.counts.get("processed", 0) + number
        if failed:
            handle.failure(UNREADABLE_RECORD, count=failed)
        handle.count(processed=number, succeeded=number - failed, failed=failed)
        # There may be new runs since they were counted, or more than the count's limit.
        handle.progress(total=max(processed, handle.counts.get("total", 0)))
        handle.checkpoint()

    def section(key: str, collect: Callable[[], Figures]) -> Figures | None:
        if key not in cover.options.sections:
            return None
        with _write_errors_translated():
            return collect()

    since, until = cover.since, cover.generated_at
    return Sections(
        inventory=section(options.INVENTORY, lambda: collect_inventory(tenant.id, folder, step)),
        changes=section(options.CHANGES, lambda: collect_changes(tenant.id, since, until, folder, step)),
        assignments=section(options.ASSIGNMENTS, lambda: collect_coverage(tenant.id, folder, step)),
        runs=section(options.OPERATIONS, lambda: collect_runs(tenant.id, since, until, handle.run_id, folder, step)),
    )


def _manifest_facts(cover: Cover) -> dict[str, object]:
    """Return what the manifest says besides its files."""
    return {
        "tenant": {"name": cover.tenant_name, "id": cover.tenant_id},
        "run": cover.run_id,
        "generated_at": stamp(cover.generated_at),
        "period": {"from": stamp(cover.since), "to": stamp(cover.generated_at)},
        OPTIONS: cover.options.as_json(),
    }


def _key_figures(sections: Sections) -> dict[str, object]:
    """Return the figures that the card shows."""
    found: dict[str, object] = {}
    if sections.inventory is not None:
        found["policies"] = sections.inventory.total
    if sections.changes is not None:
        found |= {event: sections.changes.events[event] for event in ("new", "changed", "missing")}
    if sections.assignments is not None:
        found |= {"assigned": sections.assignments.counts["assigned"]}
        found |= {"unassigned": sections.assignments.counts["unassigned"]}
    if sections.runs is not None:
        found |= {"runs": sections.runs.total, "failed_runs": sections.runs.states["failed"]}
    return found


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with _write_errors_translated(), tempfile.TemporaryDirectory(prefix="review-pack-") as folder:
        yield Path(folder)


@contextmanager
def _write_errors_translated() -> Iterator[None]:
    """Raise OperationFailed(NO_SPACE) if the worker's temporary files cannot be written."""
    try:
        yield
    except DiskUnavailable:
        raise
    except OSError as error:
        logger.error("a review pack's temporary files could not be written: %s", error)
        raise OperationFailed(NO_SPACE) from error


REVIEW_PACK_GENERATE = OperationType(
    key=REVIEW_PACK_GENERATE_KEY,
    label=_("Review pack"),
    capability=Capability.REVIEW_PACKS_GENERATE,
    handler=generate_pack,
    identity_inputs=(OPTIONS,),
    parse_inputs=parse_inputs,
    admit=admit,
    mirror=mirrored,
    follow=follow_run,
    resume="checkpoint",
    failure_codes={**PACK_CODES, **FILE_CODES},
)
