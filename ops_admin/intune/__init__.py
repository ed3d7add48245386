"""WHAT IS DONE TO A TENANT: a sub-package a feature, the same file names in each."""

from flask import Flask

from ops_admin.intune import retention
from ops_admin.intune.assignments import views as assignments
from ops_admin.intune.assignments.operations import ASSIGNMENTS_FETCH, ASSIGNMENTS_RESTORE
from ops_admin.intune.backups import lifecycle as backup_following
from ops_admin.intune.backups import storage as backup_storage
from ops_admin.intune.backups import views as backups
from ops_admin.intune.backups.operations import BACKUP_CREATE
from ops_admin.intune.directory import views as directory
from ops_admin.intune.directory.operations import DIRECTORY_SYNC
from ops_admin.intune.home import views as home
from ops_admin.intune.inventory import views as inventory
from ops_admin.intune.inventory.operations import INVENTORY_SYNC
from ops_admin.intune.overview import views as overview
from ops_admin.intune.policies import housekeeping as policy_exports
from ops_admin.intune.policies import views as policies
from ops_admin.intune.policies.operations import POLICY_OPERATIONS
from ops_admin.intune.restore import lifecycle as restore_mirroring
from ops_admin.intune.restore import views as restores
from ops_admin.intune.restore.holds import find_hold
from ops_admin.intune.restore.operations import RESTORE_EXECUTE, RESTORE_PREVIEW
from ops_admin.intune.schedules import ticking as schedule_ticking
from ops_admin.intune.schedules import views as schedules
from ops_admin.runs.catalog import OperationType

__all__ = ["OPERATIONS", "init_app", "schedule_ticking"]

OPERATIONS: tuple[OperationType, ...] = (
    INVENTORY_SYNC,
    DIRECTORY_SYNC,
    BACKUP_CREATE,
    ASSIGNMENTS_FETCH,
    ASSIGNMENTS_RESTORE,
    RESTORE_PREVIEW,
    RESTORE_EXECUTE,
    *POLICY_OPERATIONS,
)
"""Every operation of this package, for the catalog (R29)."""


def init_app(app: Flask) -> None:
    """Serve a tenant's pages and start surfaces."""
    for feature in (home, overview, policies, directory, inventory, backups, assignments, restores, schedules):
        app.register_blueprint(feature.blueprint)
    policy_exports.init_app(app)
    backup_following.init_app()
    backup_storage.add_hold(find_hold)
    restore_mirroring.init_app()
    retention.init_app()
