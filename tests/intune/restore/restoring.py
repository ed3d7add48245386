"""Runs restores to their end, and reads what they left in the tables and in the tenant."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.intune.backups.queries import BackupSet, list_all_items
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.assignment_modes import choose_assign_mode
from ops_admin.intune.restore.drafting import choose_items, create_draft
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.states import AssignMode
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.backups.capturing import back_up, set_of
from tests.support.factories import actor_of, make_member

both_engines = pytest.mark.parametrize(
    "database_url", ["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"], indirect=True
)
SYSTEM = Actor.system()
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def make_backup(tenant: Tenant, **inputs: object) -> BackupSet:
    """Back up the tenant as `inputs` say; by default all of it."""
    return set_of(back_up(tenant, None, **inputs))


def make_restore(
    backup: BackupSet, target: Tenant, mapping: Mapping[str, str | None] | None = None, *, names: set[str] | None = None
) -> Restore:
    """A draft of all items, or of those with these names, with groups mapped, or skipped (None)."""
    restore = create_draft(target, backup, SYSTEM)
    items = list_all_items(backup.id)
    choose_items(restore, add=[item.id for item in items if names is None or item.name in names])
    decide_groups(restore, {source: Decided(group) for source, group in (mapping or {}).items()})
    return fresh(restore)


def without_assignments(restore: Restore) -> Restore:
    """Keep the assignments in the tenant as they are, and skip the undecided groups that policies themselves name."""
    choose_assign_mode(restore, AssignMode.KEEP)
    return skip_groups(restore)


def skip_groups(restore: Restore) -> Restore:
    """Skip every undecided group. Assignments to it are dropped."""
    undecided = [row.source_group_id for row in queries.list_groups(restore.id) if row.decision is None]
    decide_groups(restore, {group_id: Decided(None) for group_id in undecided})
    return fresh(restore)


def preview(restore: Restore, user: User | None = None) -> Run:
    """Start a preview and execute it here."""
    return _run("restore.preview", restore, user)


def execute_restore(restore: Restore, user: User | None = None) -> Run:
    """Start the execution and execute it here."""
    return _run("restore.execute", restore, user)


def fresh(restore: Restore) -> Restore:
    """The restore as it is now."""
    db.session.rollback()
    found = queries.find_restore(restore.id)
    assert found is not None
    return found


def items_of(restore: Restore) -> list[DbRestoreItem]:
    """All items, by name."""
    query = select(DbRestoreItem).where(DbRestoreItem.restore_run_id == restore.id)
    ordered = query.order_by(DbRestoreItem.search_key, DbRestoreItem.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def item_named(restore: Restore, name: str) -> DbRestoreItem:
    """The only item with this name."""
    (found,) = [item for item in items_of(restore) if item.name == name]
    return found


def make_reader(target: Tenant, source: Tenant, role: Role = Role.READONLY) -> User:
    """Somebody who has `role` on the target and may read the source, as every page of a restore requires (R68)."""
    user = make_member(target, role)
    administration.grant_role(user.id, source.id, Role.READONLY)
    return user


def actions_of(restore: Restore) -> dict[str, int]:
    """The number of items by the preview's action."""
    return dict(queries.count_by_action(restore.id))


def results_of(restore: Restore) -> dict[str, int]:
    """The number of items by result."""
    return dict(queries.count_by_result(restore.id))


def held(simulator: Simulator, tenant: Tenant, type_key: str) -> list[dict[str, Any]]:
    """The simulated tenant's policies of a type."""
    found: list[dict[str, Any]] = simulator.control("GET", f"tenants/{tenant.external_id}/{type_key}")["value"]
    return found


def writes_to(simulator: Simulator, tenant: Tenant) -> list[tuple[str, str]]:
    """Method and path of every successful write to the tenant."""
    found = simulator.control("GET", f"requests?tenant={tenant.external_id}")["requests"]
    return [
        (each["method"], each["path"])
        for each in found
        if each["method"] in WRITES
        and each["status"] < 300
        and "$batch" not in each["path"]
        and "token" not in each["path"]
    ]


def _run(key: str, restore: Restore, user: User | None) -> Run:
    inputs = {"restore_run_id": restore.id}
    started = start(key, actor=actor_of(user), tenant_id=restore.tenant_id, inputs=inputs)
    execute(started.run.id)
    db.session.rollback()
    return get_run(started.run.id)
