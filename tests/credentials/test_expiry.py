"""Which credentials are said to expire: those of the tenants in question, in time (R75)."""

from dataclasses import replace

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.credentials.expiry import expiring_credentials
from ops_admin.infra.database import utcnow
from tests.credentials.given import a_certificate, a_secret, in_days, use
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(name="Contoso")


def seen(*tenants: Tenant) -> list[tuple[str | None, bool, int]]:
    found = expiring_credentials(tenants, utcnow())
    return [(each.tenant.display_name if each.tenant else None, each.is_expired, each.days_left) for each in found]


def expire_installation(app: Flask, days: int) -> None:
    expires = in_days(days).date()
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], graph_secret_expires=expires)


@pytest.mark.parametrize(
    ("days", "said"),
    [(31, []), (29, [("Contoso", False, 29)]), (0, [("Contoso", False, 0)]), (-3, [("Contoso", True, 0)])],
)
def test_a_warning_begins_thirty_days_before(tenant: Tenant, days: int, said: list[tuple[str, bool, int]]) -> None:
    use(tenant, a_certificate(days + 0.01))
    assert seen(tenant) == said


def test_a_secret_without_a_stated_date_is_never_said_to_expire(tenant: Tenant) -> None:
    use(tenant, a_secret())
    assert seen(tenant) == []
    use(tenant, a_secret(in_days(3)))
    assert seen(tenant) == [("Contoso", False, 3)]


def test_the_installations_is_named_only_where_it_is_used(tenant: Tenant, app: Flask) -> None:
    expire_installation(app, 5)
    assert [name for name, _, _ in seen(tenant)] == [None]
    use(tenant, a_secret(in_days(2)))
    assert seen(tenant) == [("Contoso", False, 2)]
    assert [name for name, _, _ in seen(tenant, make_tenant())] == ["Contoso", None], "the first to expire comes first"


def test_no_tenant_needs_no_credential(app: Flask) -> None:
    expire_installation(app, -5)
    assert seen() == []
