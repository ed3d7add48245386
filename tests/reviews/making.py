"""Creates review packs and reads their content."""

import csv
import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

from flask import current_app

from ops_admin.access.queries import Tenant, User
from ops_admin.config import Settings
from ops_admin.infra.database import db, utcnow
from ops_admin.infra.file_storage import default_disk, disk_of
from ops_admin.infra.file_storage.disks import Disk
from ops_admin.reviews import storage
from ops_admin.reviews.options import PackOptions
from ops_admin.reviews.queries import ReviewPack, find_pack_of_run
from ops_admin.reviews.storage import PackFile
from ops_admin.runs import service
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.support.factories import WORKER, actor_of, make_run

KEY = "review_pack.generate"


def settings() -> Settings:
    """Return the settings of the application whose context is active."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def disk() -> Disk:
    """Return the disk on which new packs are stored."""
    return default_disk(settings())


def generate(tenant: Tenant, user: User | None = None, **options: object) -> Run:
    """Start a pack and do its work here."""
    inputs = {"options": options} if options else {}
    started = start(KEY, actor=actor_of(user), tenant_id=tenant.id, inputs=inputs)
    execute(started.run.id)
    db.session.rollback()
    return get_run(started.run.id)


def pack_of(run: Run) -> ReviewPack:
    """The pack of a run, as it is now."""
    db.session.rollback()
    found = find_pack_of_run(run.id)
    assert found is not None
    return found


def open_zip(pack: ReviewPack) -> ZipFile:
    """The file of a ready pack."""
    assert pack.file_path is not None
    assert pack.file_disk is not None
    with disk_of(settings(), pack.file_disk).read(pack.file_path) as file:
        return ZipFile(io.BytesIO(file.read()))


def read_rows(pack: ReviewPack, name: str) -> list[dict[str, Any]]:
    """The rows of one of its JSON files."""
    rows: list[dict[str, Any]] = json.loads(open_zip(pack).read(f"{name}.json"))
    return rows


def read_cells(pack: ReviewPack, name: str) -> list[dict[str, str]]:
    """The rows of one of its CSV files."""
    text = open_zip(pack).read(f"{name}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def report_of(pack: ReviewPack) -> str:
    """The report of a pack."""
    return open_zip(pack).read("report.html").decode()


def queue_pack(tenant: Tenant, user: User | None = None) -> Run:
    """Write a pack that waits for its worker."""
    context = {"inputs": {"options": PackOptions().as_json()}}
    run = make_run(tenant, user, type=KEY, context=context)
    assert storage.open_pack(run)
    return run


def begin_pack(tenant: Tenant, user: User | None = None) -> Run:
    """Write a pack that a worker is at."""
    run = service.claim(queue_pack(tenant, user), WORKER)
    assert run is not None
    return run


def finish_pack(run: Run, content: bytes = b"PK", lifetime: timedelta = timedelta(days=30)) -> ReviewPack:
    """Write the file of a pack, as its worker would, and end its run."""
    pack = pack_of(run)
    path = f"review-packs/{pack.tenant_id}/{pack.id}.zip"
    assert storage.announce_file(pack.id, disk().name, path)
    with disk().write(path) as file:
        file.write(content)
    summary = {"policies": 3, "new": 1, "changed": 1, "missing": 0, "assigned": 2, "unassigned": 1, "runs": 4}
    assert storage.record_file(pack.id, PackFile(len(content), summary, utcnow(), utcnow() + lifetime))
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER, counts={"succeeded": 1})
    return pack_of(run)


def make_ready_pack(tenant: Tenant, user: User | None = None, **fields: Any) -> ReviewPack:
    """Write a pack that can be downloaded; `fields` as for finish_pack."""
    return finish_pack(begin_pack(tenant, user), **fields)
