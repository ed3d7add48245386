"""An export contains the tenant's policies in a form that the simulator and common tools can read (R41)."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import select, update

from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.reading import list_assignments
from ops_admin.graph.resources import POLICY_TYPES, get_policy_type
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.file_storage import default_disk
from ops_admin.intune.assignments.mapping import same_assignments
from ops_admin.intune.policies.exports import Export, WrittenFile, announce_export, find_export, record_export
from ops_admin.intune.policies.filenames import Names, safe_name
from ops_admin.intune.policies.housekeeping import remove_expired_exports
from ops_admin.intune.policies.models import DbPolicy, DbPolicyExport, DbPolicyVersion
from ops_admin.intune.policies.operations import exporting
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, CORPUS, read_all, running_simulator
from tests.intune.making import make_policy
from tests.intune.policies.bulk import run_on
from tests.intune.synced import count, policies_of, sync_inventory
from tests.support.factories import make_tenant
from tests.support.periodic import run_periodic


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def export_of(tenant: Tenant, run: Run) -> Export:
    found = find_export(tenant.id, run.id)
    assert found is not None
    return found


def archive_of(tenant: Tenant, run: Run) -> zipfile.ZipFile:
    with default_disk(current_app.config["SETTINGS"]).read(export_of(tenant, run).file_path) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def export_all(tenant: Tenant) -> Run:
    return run_on("policies.export", tenant, [policy.id for policy in policies_of(tenant)])


def make_never_read(tenant: Tenant, name: str) -> int:
    policy_id = make_policy(tenant, name)
    with transaction() as session:
        session.query(DbPolicyVersion).filter_by(policy_id=policy_id).delete()
        session.execute(update(DbPolicy).where(DbPolicy.id == policy_id).values(current_version=0, content_hash=None))
    return policy_id


def hashes_of(tenant: Tenant) -> list[tuple[str, str | None]]:
    return sorted((policy.type, policy.content_hash) for policy in policies_of(tenant))


def read_back(folder: Path) -> list[tuple[str, str | None]]:
    """The policies of a simulated tenant that was loaded from the folder."""
    with running_simulator("--corpus", str(folder)) as loaded, loaded.client() as client:
        return sorted((each.key, content_hash(found)) for each in POLICY_TYPES for found in read_all(client, each))


def test_an_exported_tenant_is_read_back_as_the_same_policies(tenant: Tenant, tmp_path: Path) -> None:
    sync_inventory(tenant)
    run = export_all(tenant)
    archive_of(tenant, run).extractall(tmp_path / "out")

    assert run.outcome == Outcome.SUCCEEDED
    assert run.counts["items"] == count(DbPolicy) > 20
    assert read_back(tmp_path / "out") == hashes_of(tenant)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real policies is not there")
def test_real_policies_are_read_back_as_the_same_policies(app_context: Flask, tmp_path: Path) -> None:
    tenant = make_tenant(external_id=CONTOSO)
    with running_simulator("--corpus", str(CORPUS)) as real:
        settings: Settings = current_app.config["SETTINGS"]
        current_app.config["SETTINGS"] = replace(settings, graph_url=real.url, login_url=real.url)
        sync_inventory(tenant)
    archive_of(tenant, export_all(tenant)).extractall(tmp_path / "out")

    assert len(hashes_of(tenant)) > 200
    assert read_back(tmp_path / "out") == hashes_of(tenant)


def test_the_manifest_lists_policies_and_versions(tenant: Tenant) -> None:
    make_policy(tenant, "One/Two: three?", "mobileApps", external_id="the-id")
    archive = archive_of(tenant, export_all(tenant))

    assert archive.namelist() == ["mobileApps/One_Two_ three_.json", "manifest.json"]
    line = json.loads(archive.read("manifest.json"))["policies"][0]
    assert (line["file"], line["id"], line["version"]) == ("mobileApps/One_Two_ three_.json", "the-id", 1)


def test_fetched_assignments_are_included_and_others_are_not_invented(tenant: Tenant) -> None:
    known = make_policy(tenant, "Known")
    make_policy(tenant, "Unknown")
    group = [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "g-1"}}]
    with transaction() as session:
        session.execute(update(DbPolicyVersion).where(DbPolicyVersion.policy_id == known).values(assignments=group))

    archive = archive_of(tenant, export_all(tenant))

    assert json.loads(archive.read("intents/Known.json"))["assignments"] == group
    assert "assignments" not in json.loads(archive.read("intents/Unknown.json"))


def test_policies_never_read_or_missing_fail_alone(tenant: Tenant) -> None:
    whole, unread = make_policy(tenant, "Whole"), make_never_read(tenant, "Unread")

    run = run_on("policies.export", tenant, [whole, unread, 999_999, make_policy(make_tenant())])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    codes = {(failure.code, failure.message, failure.count) for failure in run.failures}
    assert codes == {("policies.not_found", "", 2), ("policies.never_read", "Unread", 1)}
    assert archive_of(tenant, run).namelist() == ["intents/Whole.json", "manifest.json"]


def test_an_export_of_nothing_fails_and_leaves_no_file(tenant: Tenant, settings: Settings) -> None:
    run = run_on("policies.export", tenant, [make_never_read(tenant, "Unread")])

    assert run.outcome == Outcome.FAILED
    assert run.failures[-1].code == "policies.nothing_to_export"
    assert (find_export(tenant.id, run.id), files_of(settings)) == (None, [])


def files_of(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.data_dir / "files").rglob("*") if path.is_file())


def test_a_disk_failure_is_reported_and_leaves_no_file(
    tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_document", lambda _current: (_ for _ in ()).throw(OSError("No space left")))

    run = run_on("policies.export", tenant, [make_policy(tenant)])

    assert (run.outcome, run.failures[-1].code) == (Outcome.FAILED, "disk.unavailable")
    assert (find_export(tenant.id, run.id), files_of(settings)) == (None, [])


def test_a_cancelled_export_leaves_no_file(tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunHandle, "stop_requested", lambda handle: handle.counts.get("processed", 0) > 0)

    run = run_on("policies.export", tenant, [make_policy(tenant)])

    assert (find_export(tenant.id, run.id), files_of(settings)) == (None, [])


class Killed(BaseException):
    """Stands for the death of the process; nothing catches it."""


def test_an_unrecorded_file_of_a_dead_worker_is_removed_when_it_expires(
    tenant: Tenant, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(exporting, "record_export", die)
    with pytest.raises(Killed):
        run_on("policies.export", tenant, [make_policy(tenant)])
    (left,) = files_of(settings)
    assert left

    assert remove_expired_exports(utcnow() + timedelta(days=8)) == 1

    assert files_of(settings) == []


def test_a_second_attempt_keeps_the_recorded_file_of_the_first(tenant: Tenant) -> None:
    run = run_on("policies.export", tenant, [make_policy(tenant)])
    export = export_of(tenant, run)

    announce_export(tenant.id, run.id, export.file_disk, export.file_path)

    assert export_of(tenant, run) == export


def test_an_expired_file_is_deleted_and_its_row_stays(tenant: Tenant, settings: Settings) -> None:
    run = run_on("policies.export", tenant, [make_policy(tenant)])
    export = export_of(tenant, run)
    assert remove_expired_exports(export.expires_at - timedelta(seconds=1)) == 0

    assert remove_expired_exports(export.expires_at) == 1

    assert files_of(settings) == []
    assert not export_of(tenant, run).is_available(utcnow())
    assert remove_expired_exports(export.expires_at) == 0


def test_an_unreachable_disk_does_not_block_the_others(tenant: Tenant, settings: Settings) -> None:
    first, second = (run_on("policies.export", tenant, [make_policy(tenant)]) for _ in range(2))
    with transaction() as session:
        session.execute(update(DbPolicyExport).values(expires_at=utcnow()))
        which = DbPolicyExport.operation_run_id == first.id
        session.execute(update(DbPolicyExport).where(which).values(file_disk="s3"))

    assert remove_expired_exports() == 1

    assert (export_of(tenant, first).removed_at, files_of(settings)) == (None, [f"run-{first.id}.zip"])
    assert export_of(tenant, second).removed_at is not None


def test_workers_remove_expired_files_every_hour(tenant: Tenant, settings: Settings) -> None:
    run_on("policies.export", tenant, [make_policy(tenant)])
    with transaction() as session:
        session.execute(update(DbPolicyExport).values(expires_at=utcnow()))

    run_periodic("policy_exports.expire")

    assert files_of(settings) == []


def test_an_export_that_is_recorded_twice_is_one(tenant: Tenant) -> None:
    run = run_on("policies.export", tenant, [make_policy(tenant)])
    export = export_of(tenant, run)

    record_export(tenant.id, run.id, WrittenFile("local", export.file_path, "again.zip", 7, 2))

    assert (count(DbPolicyExport), export_of(tenant, run).file_name) == (1, "again.zip")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Plain", "Plain"),
        ("日本 Ärger", "日本 Ärger"),
        ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("CON", "_CON"),
        ("nul.policy", "_nul.policy"),
        ("ends with dots. . .", "ends with dots"),
        ("line\nbreak\0", "line_break_"),
        ("", "policy"),
        ("...", "policy"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_is_safe_on_every_system(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_no_two_files_of_a_folder_have_one_name() -> None:
    names = Names()
    taken = [names.take("intents", name, external_id) for name, external_id in TWINS]

    assert len({path.casefold() for path in taken}) == len(TWINS)
    assert taken[:2] == ["intents/Same.json", "intents/same (22222222).json"]
    assert names.take("mobileApps", "Same", "1") == "mobileApps/Same.json"


TWINS = [("Same", "1111"), ("same", "22222222-3333"), ("SAME", "22222222-4444"), ("Same", "22222222-5555")]


def test_known_assignments_are_read_back_too(tenant: Tenant, tmp_path: Path) -> None:
    sync_inventory(tenant)
    run_on("assignments.fetch", tenant, [policy.id for policy in policies_of(tenant)])
    query = select(DbPolicy.type, DbPolicy.external_id, DbPolicyVersion.assignments).join(DbPolicyVersion)
    known = {(row.type, row.external_id): row.assignments for row in db.session.execute(query) if row.assignments}
    assert len(known) > 5
    archive_of(tenant, export_all(tenant)).extractall(tmp_path / "out")

    with running_simulator("--corpus", str(tmp_path / "out")) as loaded, loaded.client() as client:
        for (key, external_id), assignments in known.items():
            served = list(list_assignments(client, get_policy_type(key), external_id))
            assert same_assignments(served, assignments), key
