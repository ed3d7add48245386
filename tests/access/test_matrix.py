"""Every route against every kind of visitor (R36, R37). The guards themselves: tests/architecture/test_routes.py."""

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from tests.access.matrix import FORBIDDEN, NOT_FOUND, Asked, asked_for_tenants, asked_of
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def tenant(app: Flask) -> Tenant:
    with app.app_context():
        return make_tenant()


@pytest.mark.parametrize("role", Role)
def test_a_member_gets_what_the_role_allows_and_403_for_the_rest(
    app: Flask, client: ConsoleClient, tenant: Tenant, role: Role
) -> None:
    client.sign_in(member_of(app, tenant, role).email)
    wrong = [
        asked
        for asked in asked_for_tenants(app, tenant.id)
        if (asked.status_for(client) == FORBIDDEN) != asked.is_refused_to(role)
    ]
    assert not wrong


def test_a_member_without_a_role_on_the_tenant_gets_403(app: Flask, client: ConsoleClient, tenant: Tenant) -> None:
    client.sign_in(member_of(app, tenant, None).email)
    assert statuses(client, asked_for_tenants(app, tenant.id)) == {FORBIDDEN}


def test_for_an_outsider_no_route_of_the_tenant_exists(app: Flask, client: ConsoleClient, tenant: Tenant) -> None:
    with app.app_context():
        outsider = make_member(make_tenant(), Role.OWNER)
    client.sign_in(outsider.email)
    assert statuses(client, asked_for_tenants(app, tenant.id)) == {NOT_FOUND}


def test_for_an_owner_a_tenant_that_does_not_exist_is_not_found(
    app: Flask, client: ConsoleClient, tenant: Tenant
) -> None:
    client.sign_in(member_of(app, tenant, Role.OWNER).email)
    for unknown in (tenant.id + 1, 2**70):
        assert statuses(client, asked_for_tenants(app, unknown)) == {NOT_FOUND}


def test_whoever_is_not_signed_in_is_sent_to_sign_in(app: Flask, client: ConsoleClient, tenant: Tenant) -> None:
    shut = [asked for asked in asked_of(app, tenant.id) if asked.guard.kind != "open"]
    assert shut
    for asked in shut:
        response = client.open(asked.path, method=asked.method)
        assert response.status_code == 302, asked
        assert response.location.startswith("/login"), asked


def test_no_route_fails_for_an_owner(app: Flask, client: ConsoleClient, tenant: Tenant) -> None:
    client.sign_in(member_of(app, tenant, Role.OWNER).email)
    for asked in sorted(asked_of(app, tenant.id), key=signs_out):
        assert asked.status_for(client) < 500, asked


def signs_out(asked: Asked) -> bool:
    return asked.endpoint == "access.logout"


def member_of(app: Flask, tenant: Tenant, role: Role | None) -> User:
    with app.app_context():
        return make_member(tenant, role)


def statuses(client: ConsoleClient, requests: list[Asked]) -> set[int]:
    assert requests
    return {asked.status_for(client) for asked in requests}
