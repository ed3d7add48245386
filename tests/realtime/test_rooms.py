"""Rooms follow capabilities, not roles (R25, R36)."""

import pytest

from ops_admin.access import capabilities
from ops_admin.access.capabilities import Role
from ops_admin.access.rights import NO_RIGHTS, Rights
from ops_admin.realtime.rooms import rooms_opened_by, run_room

READER = Rights(
    user_id=1,
    workspaces={1: Role.READONLY, 2: Role.OWNER},
    tenants={10: Role.READONLY, 20: Role.OWNER, 30: Role.OWNER},
    tenant_workspace={10: 1, 11: 1, 20: 2, 30: 3},
)


def test_a_reader_gets_the_rooms_of_the_tenants_and_workspaces_that_are_theirs() -> None:
    assert rooms_opened_by(READER) == {"tenant:10", "tenant:20", "workspace:1", "workspace:2"}


def test_a_role_without_the_capability_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "GRANTS", {**capabilities.GRANTS, Role.READONLY: frozenset()})
    assert rooms_opened_by(READER) == {"tenant:20", "workspace:2"}


def test_whoever_has_no_rights_gets_no_room() -> None:
    assert rooms_opened_by(NO_RIGHTS) == frozenset()


def test_a_run_has_one_room() -> None:
    assert run_room(tenant_id=10, workspace_id=1) == "tenant:10"
    assert run_room(tenant_id=None, workspace_id=1) == "workspace:1"
