"""The console with a tenant of which nothing is known, on SQLite unless a module says otherwise."""

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Where the engine matters, a module overrides this with both."""
    return sqlite_url


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    """A tenant of which nothing is known yet."""
    return make_tenant(name="Contoso")


@pytest.fixture
def operator(tenant: Tenant) -> User:
    """Somebody who may generate its packs."""
    return make_member(tenant, Role.OPERATOR)
