"""Names of the rooms, and which of them a user's rights open (R25)."""

from ops_admin.access.capabilities import Capability
from ops_admin.access.rights import Rights


def tenant_room(tenant_id: int) -> str:
    """Everybody who may see the runs of a tenant."""
    return f"tenant:{tenant_id}"


def workspace_room(workspace_id: int) -> str:
    """Everybody who may see the runs that belong to a workspace and to no tenant."""
    return f"workspace:{workspace_id}"


def user_room(user_id: int) -> str:
    """All browsers of one user."""
    return f"user:{user_id}"


def sign_in_room(sign_in_id: str) -> str:
    """All tabs of one sign-in; its sign-out ends them together."""
    return f"sign-in:{sign_in_id}"


def run_room(tenant_id: int | None, workspace_id: int) -> str:
    """The room of a run: its tenant's, or its workspace's if it has no tenant."""
    return workspace_room(workspace_id) if tenant_id is None else tenant_room(tenant_id)


def rooms_opened_by(rights: Rights) -> frozenset[str]:
    """The rooms of runs that these rights open."""
    tenants = rights.tenant_ids(Capability.OPERATIONS_VIEW)
    workspaces = rights.workspace_ids(Capability.WORKSPACE_OPERATIONS_VIEW)
    return frozenset(map(tenant_room, tenants)) | frozenset(map(workspace_room, workspaces))
