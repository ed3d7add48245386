"""The reader's workspaces, as the ledger's pages show them."""

import re

from flask import g

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import current_user
from ops_admin.access.queries import Workspace, member_workspaces
from ops_admin.access.rights import Rights, current_rights


def workspaces_to_keep() -> list[Workspace]:
    """Return the workspaces in which the reader may start housekeeping, in natural order: 2 before 10."""
    rights = current_rights()
    kept = rights.workspace_ids(Capability.RUNS_RECONCILE)
    found = [workspace for workspace in member_workspaces(rights) if workspace.id in kept] if kept else []
    return sorted(found, key=lambda workspace: natural(workspace.name))


def workspace_names() -> dict[str, str]:
    """Return the names of the reader's workspaces by id (as text). Empty if there is only one.

    Read once per request, and only for readers who belong to several.
    """
    if current_user() is None:
        return {}
    rights = current_rights()
    known: tuple[Rights, dict[str, str]] | None = g.get("workspace_names")
    if known is None or known[0] is not rights:
        known = g.workspace_names = (rights, _names(rights))
    return known[1]


def natural(name: str) -> list[tuple[str, int]]:
    """A sort key for natural order: digits in names compare as numbers."""
    parts = re.split(r"(\d+)", name.casefold())
    numbers = [*map(int, parts[1::2]), 0]
    return list(zip(parts[::2], numbers, strict=True))


def _names(rights: Rights) -> dict[str, str]:
    if len({*rights.workspaces, *rights.tenant_workspace.values()}) < 2:
        return {}
    found = member_workspaces(rights)
    return {str(workspace.id): workspace.name for workspace in found} if len(found) > 1 else {}
