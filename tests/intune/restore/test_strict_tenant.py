"""A whole tenant restored into another one that refuses what a real one refuses, or takes and gets wrong (R54, R55).

`tests/graph/to_mend.py` lists what is still wrong.
"""

from collections.abc import Iterator, Sequence

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.models import DbRestoreItem
from tests.graph.simulated import Simulator, running_simulator
from tests.graph.to_mend import BETWEEN_TENANTS
from tests.intune.restore.comparing import Document, by_name
from tests.intune.restore.restoring import execute_restore, held, items_of, make_backup, make_restore, preview

# Reasons for leaving a policy out: a reference without counterpart, a secret that nobody gave, a package that is not
# there, a default that every tenant has of its own.
GOOD_REASONS = {
    "restore.reference_unmapped",
    "restore.secret_missing",
    "restore.package_missing",
    "restore.default_missing",
}


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def test_what_is_restored_into_another_tenant_works_there(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = make_restore(make_backup(source), target, by_name(simulator, source, target))
    preview(restore)

    execute_restore(restore)

    judged = {item.name: fault_of(item, simulator, source, target) for item in items_of(restore)}
    known = {name: fault for faults in BETWEEN_TENANTS.values() for name, fault in faults.items()}
    assert {name: fault for name, fault in judged.items() if fault} == known


def fault_of(item: DbRestoreItem, simulator: Simulator, source: Tenant, target: Tenant) -> str | None:
    """What is wrong with a policy after the restore; None if it works, or was left out for a good reason."""
    if item.written_external_id is None:
        return None if item.failure_code in GOOD_REASONS else f"left out: {item.failure_code}"
    there, rows = item.written_external_id, f"tenants/{target.external_id}"
    sent = [row["kind"] for row in simulator.control("GET", f"{rows}/broken")["value"] if row["id"] == there]
    if sent:
        return f"{', '.join(sorted(sent))} sent as it came"
    if there in [each["id"] for each in simulator.control("GET", f"{rows}/live")["live"]]:
        return "works at once"
    pair = ((source, item.external_id), (target, there))
    tags = [tag_names(simulator, tenant, item.type, policy_id) for tenant, policy_id in pair]
    return None if tags[0] == tags[1] or tags[1] == ["Default"] else "scope tag of another team"


def tag_names(simulator: Simulator, tenant: Tenant, type_key: str, policy_id: str) -> Sequence[str]:
    """The names of a policy's scope tags."""
    names = {each["id"]: each["displayName"] for each in held(simulator, tenant, "roleScopeTags")}
    policy: Document = simulator.control("GET", f"tenants/{tenant.external_id}/{type_key}/{policy_id}")
    return [names[each] for each in policy.get("roleScopeTagIds") or []]
