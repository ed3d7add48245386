"""The console with a tenant without data, on SQLite unless a module says otherwise."""

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite; modules for which the engine matters override this."""
    return sqlite_url


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    """A tenant without data."""
    return make_tenant(name="Contoso")


@pytest.fixture
def operator(tenant: Tenant) -> User:
    """A user who may generate the tenant's packs."""
    return make_member(tenant, Role.OPERATOR)
