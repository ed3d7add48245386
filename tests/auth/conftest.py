"""The console beside a simulated login service, and people who sign in there as a browser would lead them."""

from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.config import Settings
from tests.auth.visiting import Visitor
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.application import make_settings
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine, because what Microsoft says does not depend on it."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path, simulator: Simulator) -> Settings:
    """Settings with the simulator as login service and Graph."""
    return make_settings(tmp_path, database_url, OPS_ADMIN_GRAPH_URL=simulator.url, OPS_ADMIN_LOGIN_URL=simulator.url)


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    """The tenant whose people and groups the simulator has."""
    return make_tenant(external_id=CONTOSO)


@pytest.fixture
def owner(tenant: Tenant) -> User:
    """The tenant's owner, who has a password."""
    return make_member(tenant, Role.OWNER)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(app)


@pytest.fixture
def at_desk(visitor: Visitor, owner: User) -> Visitor:
    """The owner, signed in with the password."""
    visitor.client.sign_in(owner.email)
    return visitor
