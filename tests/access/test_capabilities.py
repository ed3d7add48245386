"""Who may do what, without a database (R36)."""

import pytest

from ops_admin.access.capabilities import GRANTS, Capability, Role, allows
from ops_admin.access.guards import NotAllowed, NotVisible, require_tenant, require_workspace
from ops_admin.access.rights import NO_RIGHTS, Rights

MINE, COLLEAGUES, FOREIGN = 1, 2, 3
WORKSPACE, OTHER_WORKSPACE = 10, 20


def make_rights(role: Role) -> Rights:
    """Return the rights of a member of WORKSPACE with `role` on the tenant MINE and none on COLLEAGUES."""
    return Rights(
        user_id=7,
        workspaces={WORKSPACE: role},
        tenants={MINE: role},
        tenant_workspace={MINE: WORKSPACE, COLLEAGUES: WORKSPACE},
    )


def test_each_role_includes_the_weaker_one() -> None:
    assert GRANTS[Role.READONLY] < GRANTS[Role.OPERATOR] < GRANTS[Role.MANAGER] <= GRANTS[Role.OWNER]


def test_a_reader_may_only_look() -> None:
    assert {capability for capability in Capability if capability.endswith(".view")} == GRANTS[Role.READONLY]


def test_without_a_role_nothing_is_allowed() -> None:
    assert not any(allows(None, capability) for capability in Capability)


def test_a_role_counts_for_its_own_tenant_only() -> None:
    rights = make_rights(Role.OWNER)
    assert rights.may(Capability.INVENTORY_SYNC, MINE)
    assert not rights.may(Capability.INVENTORY_SYNC, COLLEAGUES)
    assert rights.tenant_ids(Capability.TENANT_VIEW) == {MINE}


def test_a_role_on_a_tenant_of_a_foreign_workspace_is_worth_nothing() -> None:
    rights = Rights(7, workspaces={}, tenants={MINE: Role.OWNER}, tenant_workspace={MINE: WORKSPACE})
    assert not rights.may(Capability.TENANT_VIEW, MINE)
    assert rights.tenant_ids(Capability.TENANT_VIEW) == frozenset()


def test_a_workspace_role_counts_for_its_own_workspace_only() -> None:
    rights = make_rights(Role.READONLY)
    assert rights.workspace_ids(Capability.WORKSPACE_OPERATIONS_VIEW) == {WORKSPACE}
    assert not rights.may_in_workspace(Capability.WORKSPACE_OPERATIONS_VIEW, OTHER_WORKSPACE)


def test_a_foreign_tenant_does_not_exist() -> None:
    with pytest.raises(NotVisible):
        require_tenant(make_rights(Role.OWNER), FOREIGN, Capability.TENANT_VIEW)


def test_a_member_learns_that_something_is_not_allowed() -> None:
    with pytest.raises(NotAllowed):
        require_tenant(make_rights(Role.READONLY), MINE, Capability.INVENTORY_SYNC)
    with pytest.raises(NotAllowed):
        require_tenant(make_rights(Role.OWNER), COLLEAGUES, Capability.TENANT_VIEW)


def test_a_foreign_workspace_does_not_exist() -> None:
    with pytest.raises(NotVisible):
        require_workspace(make_rights(Role.OWNER), OTHER_WORKSPACE, Capability.WORKSPACE_OPERATIONS_VIEW)


def test_nobody_has_no_rights() -> None:
    with pytest.raises(NotVisible):
        require_tenant(NO_RIGHTS, MINE, Capability.TENANT_VIEW)
