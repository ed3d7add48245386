"""Sends requests to every route as every kind of visitor (R37).

`asked_of(app, tenant_id)` lists one request for each route and method. What a visitor should get follows from the
view's guard alone, so a new route is covered without being named here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, Rule

from ops_admin.access.capabilities import GRANTS, Role
from ops_admin.access.guards import OPEN_ENDPOINTS, Guard, guard_of
from tests.support.clients import ConsoleClient

NOT_FOUND, FORBIDDEN = HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN
UNASKED = {"HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Asked:
    """One request to one route."""

    endpoint: str
    method: str
    path: str
    guard: Guard

    def status_for(self, client: ConsoleClient) -> int:
        """Send it and return the status."""
        return client.open(self.path, method=self.method).status_code

    def is_refused_to(self, role: Role) -> bool:
        """Whether a member with `role` on the tenant lacks what the route requires."""
        return self.guard.capability is not None and self.guard.capability not in GRANTS[role]


def asked_of(app: Flask, tenant_id: int) -> list[Asked]:
    """Return a request for each route and method; all ids except the tenant's do not exist."""
    return [asked for rule in app.url_map.iter_rules() for asked in _requests(app, rule, tenant_id)]


def asked_for_tenants(app: Flask, tenant_id: int) -> list[Asked]:
    """Return the requests to the routes of a tenant."""
    return [asked for asked in asked_of(app, tenant_id) if asked.guard.kind == "tenant"]


def _requests(app: Flask, rule: Rule, tenant_id: int) -> Iterator[Asked]:
    guard = guard_of(app.view_functions[rule.endpoint])
    if rule.endpoint in OPEN_ENDPOINTS or guard is None:
        return
    path = _path(app.url_map, rule, tenant_id)
    for method in sorted((rule.methods or set()) - UNASKED):
        yield Asked(rule.endpoint, method, path, guard)


def _path(url_map: Map, rule: Rule, tenant_id: int) -> str:
    values = {name: _value(rule, name, tenant_id) for name in rule.arguments}
    return url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))


def _value(rule: Rule, name: str, tenant_id: int) -> object:
    if name == "tenant_id":
        return tenant_id
    return 999_999 if isinstance(rule._converters[name], IntegerConverter) else "nothing"
