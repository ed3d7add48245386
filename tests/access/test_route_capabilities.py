"""What each route of a tenant requires, stated a second time (R37).

The matrix of roles takes its expectations from the guard of the view itself; a wrong guard is noticed here.
"""

from collections.abc import Mapping

import pytest
from flask import Flask

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import guard_of

ENDPOINTS: Mapping[Capability, set[str]] = {
    Capability.ACCESS_MANAGE: {
        "microsoft.connect",
        "microsoft.disconnect",
        "microsoft.search",
        "people.add",
        "people.change",
        "people.change_group",
        "people.grant",
        "people.remove",
        "people.remove_group",
        "people.show",
    },
    Capability.ASSIGNMENTS_FETCH: {
        "assignments.fetch",
        "policies.fetch_assignments",
    },
    Capability.ASSIGNMENTS_RESTORE: {
        "assignments.choose",
        "assignments.restore",
    },
    Capability.BACKUPS_VIEW: {
        "backups.download",
        "backups.list_sets",
        "backups.show",
        "backups.show_item",
    },
    Capability.BACKUP_CREATE: {
        "backups.archive",
        "backups.create",
        "backups.new",
        "policies.back_up",
    },
    Capability.BACKUP_DELETE: {
        "backups.delete",
    },
    Capability.CREDENTIALS_MANAGE: {
        "credentials.add",
        "credentials.check",
        "credentials.discard",
        "credentials.remove",
        "credentials.show",
    },
    Capability.DIRECTORY_SYNC: {
        "directory.sync",
    },
    Capability.INVENTORY_SYNC: {
        "inventory.choose",
        "inventory.sync",
        "policies.sync",
    },
    Capability.POLICIES_DELETE: {
        "policies.choose_for_deletion",
        "policies.confirm_deletion",
        "policies.delete",
    },
    Capability.POLICIES_EXPORT: {
        "policies.download_export",
        "policies.export",
    },
    Capability.POLICIES_IGNORE: {
        "policies.ignore",
        "policies.ignore_one",
        "policies.unignore",
        "policies.unignore_one",
    },
    Capability.POLICIES_VIEW: {
        "policies.download",
        "policies.list_policies",
        "policies.show",
        "policies.show_changes",
    },
    Capability.POLICY_VERSIONS_ARCHIVE: {
        "policies.archive_one",
        "policies.archive_versions",
        "policies.restore_one",
        "policies.restore_versions",
    },
    Capability.POLICY_VERSIONS_DELETE: {
        "policies.choose_versions_for_deletion",
        "policies.confirm_deletion_of_one",
        "policies.confirm_deletion_of_versions",
        "policies.delete_one",
        "policies.delete_versions",
    },
    Capability.RESTORE: {
        "restores.ask_secrets",
        "restores.choose",
        "restores.choose_group",
        "restores.confirm",
        "restores.copy",
        "restores.create",
        "restores.decide",
        "restores.execute",
        "restores.find_group",
        "restores.map_groups",
        "restores.new",
        "restores.preview",
        "restores.save_groups",
        "restores.save_items",
        "restores.save_secrets",
        "restores.throw_away",
    },
    Capability.RESTORES_VIEW: {
        "restores.list_restores",
        "restores.show",
        "restores.show_item",
    },
    Capability.REVIEW_PACKS_GENERATE: {
        "reviews.choose",
        "reviews.generate",
    },
    Capability.REVIEW_PACKS_VIEW: {
        "reviews.card",
        "reviews.download",
        "reviews.list_packs",
    },
    Capability.SCHEDULES_MANAGE: {
        "schedules.add",
        "schedules.change",
        "schedules.choose",
        "schedules.delete",
        "schedules.edit",
        "schedules.pause",
        "schedules.resume",
    },
    Capability.SECRETS_READ: {
        "backups.show_secrets",
        "policies.show_secrets",
    },
    Capability.TENANT_VIEW: {
        "directory.list_groups",
        "overview.show",
        "schedules.list_all",
        "schedules.show",
    },
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_route_of_a_tenant_asks_for_the_right_that_is_stated(app: Flask) -> None:
    guards = {endpoint: guard_of(view) for endpoint, view in app.view_functions.items()}
    asked = {endpoint: guard.capability for endpoint, guard in guards.items() if guard and guard.kind == "tenant"}
    assert asked == {endpoint: capability for capability, endpoints in ENDPOINTS.items() for endpoint in endpoints}
