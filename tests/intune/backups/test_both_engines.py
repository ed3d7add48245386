"""A backup and a restore of assignments from start to end, on both engines."""

from sqlalchemy import func, select

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.intune.assignments import queries as assignments
from ops_admin.intune.backups import queries, storage
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.backups.queries import ItemFilter
from ops_admin.intune.backups.states import BackupStatus
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.assignments.assigning import assign_live, fetch, live_targets, restore
from tests.intune.backups.capturing import back_up, items_of, set_of
from tests.intune.synced import policies_of, sync_groups, sync_inventory

CATALOG = "configurationPolicies"


def test_captured_listed_restored_and_deleted(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    sync_groups(tenant)
    backup = set_of(back_up(tenant, types=[CATALOG, "mobileApps"]))
    policy = policies_of(tenant, CATALOG)[0]
    before = live_targets(simulator, tenant, CATALOG, policy.external_id)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    assert fetch(tenant, all=True).outcome == Outcome.SUCCEEDED
    found = assignments.find_stored(policy.id)
    assert (found is not None, found and found.assignments) == (True, [])
    assert restore(tenant, policy_ids=[policy.id], backup_set_id=backup.id).outcome == Outcome.SUCCEEDED
    assert live_targets(simulator, tenant, CATALOG, policy.external_id) == before

    assert backup.status == BackupStatus.COMPLETE
    listed = queries.list_items(backup.id, ItemFilter(type=CATALOG, failed=False))
    assert {item.external_id for item in listed.rows} == {item.external_id for item in items_of(backup, CATALOG)}
    assert [each.id for each in queries.list_sets_of_policy(tenant.id, policy.id)] == [backup.id]
    storage.delete_set(backup.id, "still being made")
    assert queries.find_backup_set(backup.id) is None
    assert db.session.execute(select(func.count()).select_from(DbBackupItem)).scalar_one() == 0
