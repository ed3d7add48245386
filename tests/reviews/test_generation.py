"""The content of a review pack of a synced tenant (R46)."""

import html
import io
import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.reviews.queries import ReviewPack
from ops_admin.reviews.report.bundle import verify_bundle
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.conftest import settings, tenant  # noqa: F401  # fixtures
from tests.intune.synced import policies_of
from tests.reviews.making import generate, open_zip, pack_of, read_cells, read_rows, report_of
from tests.reviews.story import Story, tell_story
from tests.support.factories import make_member

NAMES = ["assignments", "changes", "failures", "inventory", "operations"]


@pytest.fixture
def author(tenant: Tenant) -> User:  # noqa: F811  # the fixture
    return make_member(tenant, Role.OPERATOR)


def test_a_pack_tells_what_happened_to_a_tenant(tenant: Tenant, simulator: Simulator, author: User) -> None:  # noqa: F811
    story = tell_story(tenant, simulator, author)

    run = generate(tenant, author, days=7)

    assert (run.outcome, run.failures) == (Outcome.SUCCEEDED, ())
    assert run.counts["processed"] == run.counts["total"] == run.counts["succeeded"] > 20
    pack = pack_of(run)
    assert pack.status == "ready"
    check_manifest(pack)
    check_inventory(pack, tenant)
    check_changes(pack, story)
    check_coverage(pack)
    check_operations(pack)
    check_nothing_leaks(pack)
    check_report_runs_nothing(pack)


def check_manifest(pack: ReviewPack) -> None:
    bundle = open_zip(pack)
    names = ["report.html", *(f"{name}.{kind}" for name in NAMES for kind in ("csv", "json")), "manifest.json"]
    assert bundle.namelist() == names
    manifest = json.loads(bundle.read("manifest.json"))
    assert [each["path"] for each in manifest["files"]] == names[:-1]
    for each in manifest["files"]:
        content = bundle.read(each["path"])
        assert (sha256(content).hexdigest(), len(content)) == (each["sha256"], each["bytes"])


def check_inventory(pack: ReviewPack, tenant: Tenant) -> None:  # noqa: F811
    rows = read_rows(pack, "inventory")
    stored = policies_of(tenant)
    assert {row["id"] for row in rows} == {policy.external_id for policy in stored}
    assert {row["content_sha256"] for row in rows} == {policy.content_hash for policy in stored}
    assert pack.summary["policies"] == len(stored) == len(read_cells(pack, "inventory"))


def check_changes(pack: ReviewPack, story: Story) -> None:
    rows = read_rows(pack, "changes")
    changed = {row["setting"]: row for row in rows if row["id"] == story.changed and row["event"] == "changed"}
    assert changed["Password minimum length"]["after"] == "14"
    assert changed["Description"]["after"] == "Ask [address removed]"
    assert [row["event"] for row in rows if row["id"] == story.deleted] == ["baseline", "missing"]
    assert [pack.summary[event] for event in ("new", "changed", "missing")] == [0, 2, 1]
    assert "Password minimum length" in report_of(pack)


def check_coverage(pack: ReviewPack) -> None:
    rows = read_rows(pack, "assignments")
    assert {row["coverage"] for row in rows} == {"assigned", "unassigned", "not_applicable"}
    named = [row["group_name"] for row in rows if row["group_id"]]
    assert named
    assert all(named), "every group of the demo tenant is in the cached directory"
    assert "All devices" in report_of(pack)


def check_report_runs_nothing(pack: ReviewPack) -> None:
    report = report_of(pack)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', report)
    (style,) = re.findall(r"<style>(.*?)</style>", report, re.DOTALL)
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{allowed}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def check_operations(pack: ReviewPack) -> None:
    rows = read_rows(pack, "operations")
    assert all(row["created_at"] and row["created"] != row["created_at"] for row in rows)
    operations = [row["type"] for row in rows]
    assert operations == ["assignments.fetch", "inventory.sync", "directory.groups.sync", "inventory.sync"]


def check_nothing_leaks(pack: ReviewPack) -> None:
    bundle = open_zip(pack)
    everything = b"".join(bundle.read(name) for name in bundle.namelist()).decode()
    assert not re.findall(r"[\w.]+@[\w-]+\.\w+", everything)
    assert not any(value.startswith(("=", "+", "-", "@")) for name in NAMES for value in cells_of(pack, name))
    assert "'=HYPERLINK" in bundle.read("inventory.csv").decode()


def cells_of(pack: ReviewPack, name: str) -> list[str]:
    return [cell for row in read_cells(pack, name) for cell in row.values()]


def test_the_same_evidence_gives_the_same_files(tenant: Tenant, simulator: Simulator, author: User) -> None:  # noqa: F811
    tell_story(tenant, simulator, author)

    # The second pack has one more operation: the first pack's run.
    first, second = (open_zip(pack_of(generate(tenant, author, sections=["inventory", "changes"]))) for _ in range(2))

    for name in first.namelist():
        if name.endswith((".csv", ".json")) and name != "manifest.json":
            assert first.read(name) == second.read(name)


def test_a_file_changed_afterwards_is_detected(tenant: Tenant) -> None:  # noqa: F811
    from zipfile import ZipFile

    bundle = open_zip(pack_of(generate(tenant)))
    forged = io.BytesIO()
    with ZipFile(forged, "w") as target:
        for name in bundle.namelist():
            target.writestr(name, bundle.read(name) + (b" " if name == "operations.json" else b""))
    assert verify_bundle(forged) == ["operations.json"]
