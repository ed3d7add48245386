"""The rights that an operation needs: asked when it is started (R37) and again when a worker claims its run (R68)."""

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import NotAllowed, NotVisible, require_tenant, require_workspace
from ops_admin.access.rights import Rights, rights_of
from ops_admin.runs.catalog import Inputs, OperationType, catalog
from ops_admin.runs.ledger import Run


def require(rights: Rights, capability: Capability, tenant_id: int | None, workspace_id: int) -> None:
    """Raise NotVisible or NotAllowed without `capability` on the tenant, or in the workspace of a tenantless run."""
    if tenant_id is not None:
        require_tenant(rights, tenant_id, capability)
    else:
        require_workspace(rights, workspace_id, capability)


def require_further(rights: Rights, operation: OperationType, inputs: Inputs) -> None:
    """Raise NotVisible or NotAllowed without the rights that the inputs call for on other tenants."""
    for capability, tenant_id in operation.further_rights(inputs):
        require_tenant(rights, tenant_id, capability)


def is_revoked(run: Run) -> bool:
    """Whether the initiator of `run` has lost a right that it needs; never for a run that System started."""
    operation = catalog.find(run.type)
    if operation is None or run.user_id is None:
        return False
    rights = rights_of(run.user_id)
    try:
        require(rights, operation.capability, run.tenant_id, run.workspace_id)
        require_further(rights, operation, run.inputs)
    except (NotVisible, NotAllowed):
        return True
    return False
