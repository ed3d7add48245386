"""The rights an operation needs, checked when it is started (R37) and again when a worker claims its run (R68)."""

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import NotAllowed, NotVisible, require_tenant, require_workspace
from ops_admin.access.rights import Rights, rights_of
from ops_admin.runs.catalog import Inputs, InvalidInputs, OperationType, catalog, no_further_rights
from ops_admin.runs.ledger import Run


def require(rights: Rights, capability: Capability, tenant_id: int | None, workspace_id: int) -> None:
    """Raise NotVisible or NotAllowed if `capability` is missing on the tenant, or on a tenantless run's workspace."""
    if tenant_id is not None:
        require_tenant(rights, tenant_id, capability)
    else:
        require_workspace(rights, workspace_id, capability)


def require_further(rights: Rights, operation: OperationType, inputs: Inputs) -> None:
    """Raise NotVisible or NotAllowed if a right is missing that the inputs require on other tenants."""
    for capability, tenant_id in operation.further_rights(inputs):
        require_tenant(rights, tenant_id, capability)


def is_revoked(run: Run, rights: Rights | None) -> bool:
    """Whether the initiator of `run`, who now has `rights`, has lost a right that the run needs.

    Always False for a run started by System, whose rights are None.
    """
    operation = catalog.find(run.type)
    if operation is None or rights is None:
        return False
    try:
        require(rights, operation.capability, run.tenant_id, run.workspace_id)
        if operation.further_rights is not no_further_rights:
            # The rights loaded with the run cover only its own tenant and workspace, not other tenants.
            require_further(rights_of(rights.user_id), operation, run.inputs)
    except (NotVisible, NotAllowed):
        return True
    except InvalidInputs:
        return False  # Not a matter of rights: the handler ends the run with the reason.
    return False
