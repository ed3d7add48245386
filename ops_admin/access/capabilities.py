"""Roles and what they allow (R36). Code checks capabilities, never roles. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """A user's role in a workspace or on a tenant, from the most to the least powerful."""

    OWNER = "owner"
    MANAGER = "manager"
    OPERATOR = "operator"
    READONLY = "readonly"


class Capability(StrEnum):
    """One permission; the keys are stable."""

    TENANT_VIEW = "tenant.view"
    POLICIES_VIEW = "policies.view"
    OPERATIONS_VIEW = "operations.view"
    WORKSPACE_OPERATIONS_VIEW = "workspace.operations.view"
    POLICIES_IGNORE = "policies.ignore"
    POLICIES_EXPORT = "policies.export"
    POLICIES_DELETE = "policies.delete"
    POLICY_VERSIONS_ARCHIVE = "policy_versions.archive"
    POLICY_VERSIONS_DELETE = "policy_versions.delete"
    INVENTORY_SYNC = "inventory.sync"
    DIRECTORY_SYNC = "directory.sync"
    BACKUPS_VIEW = "backups.view"
    BACKUP_CREATE = "backup.create"
    BACKUP_DELETE = "backup.delete"
    ASSIGNMENTS_FETCH = "assignments.fetch"
    ASSIGNMENTS_RESTORE = "assignments.restore"
    RESTORES_VIEW = "restores.view"
    RESTORE = "restore.run"
    REVIEW_PACKS_VIEW = "review_packs.view"
    REVIEW_PACKS_GENERATE = "review_packs.generate"
    RUNS_CANCEL = "runs.cancel"
    RUNS_RECONCILE = "runs.reconcile"
    RUNS_PRUNE = "runs.prune"
    SCHEDULES_MANAGE = "schedules.manage"
    ACCESS_MANAGE = "access.manage"
    CREDENTIALS_MANAGE = "credentials.manage"
    SECRETS_READ = "secrets.read"


_LOOK = frozenset(
    {
        Capability.TENANT_VIEW,
        Capability.POLICIES_VIEW,
        Capability.OPERATIONS_VIEW,
        Capability.WORKSPACE_OPERATIONS_VIEW,
        Capability.BACKUPS_VIEW,
        Capability.RESTORES_VIEW,
        Capability.REVIEW_PACKS_VIEW,
    }
)
_OPERATE = _LOOK | {
    Capability.POLICIES_IGNORE,
    Capability.POLICIES_EXPORT,
    Capability.POLICY_VERSIONS_ARCHIVE,
    Capability.INVENTORY_SYNC,
    Capability.DIRECTORY_SYNC,
    Capability.BACKUP_CREATE,
    Capability.ASSIGNMENTS_FETCH,
    Capability.REVIEW_PACKS_GENERATE,
}
_MANAGE = _OPERATE | {
    Capability.POLICIES_DELETE,
    Capability.POLICY_VERSIONS_DELETE,
    Capability.RUNS_CANCEL,
    Capability.RUNS_RECONCILE,
    Capability.SCHEDULES_MANAGE,
    Capability.BACKUP_DELETE,
    Capability.ASSIGNMENTS_RESTORE,
    Capability.RESTORE,
}

GRANTS: Mapping[Role, frozenset[Capability]] = {
    Role.READONLY: _LOOK,
    Role.OPERATOR: _OPERATE,
    Role.MANAGER: _MANAGE,
    Role.OWNER: frozenset(Capability),
}


def strongest(roles: Iterable[Role]) -> Role | None:
    """Return the most powerful of `roles`, or None if there is none."""
    held = set(roles)
    return next((role for role in Role if role in held), None)


def allows(role: Role | None, capability: Capability) -> bool:
    """Whether `role` includes `capability`; no role allows nothing."""
    return role is not None and capability in GRANTS[role]
