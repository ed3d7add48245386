"""Deny by default: every route carries exactly one guard (R36, R37)."""

import ast

import pytest
from flask import Flask

from ops_admin.access.guards import OPEN_ENDPOINTS, guard_of
from tests.support.sources import Source, called_name, product_sources

GUARDS = {"open_to_all", "signed_in", "for_tenant"}
ROUTES = {"route", "get", "post", "put", "patch", "delete"}

# Everything open to people who are not signed in is listed here, with the reason.
OPEN_TO_ALL = {
    "access.login": "where one signs in",
    "access.logout": "ends a sign-in that may have ended already",
    "health.live": "asked by load balancers",
    "health.ready": "asked by load balancers",
    "health.metrics": "asked by Prometheus, which shows a token of its own",
    "microsoft.begin": "where one signs in with Microsoft",
    "microsoft.finish": "the way back from Microsoft",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_route_has_a_guard(app: Flask) -> None:
    unguarded = {name for name, view in app.view_functions.items() if guard_of(view) is None}
    assert unguarded <= OPEN_ENDPOINTS


def test_what_is_open_to_all_is_known_by_name(app: Flask) -> None:
    guards = {name: guard_of(view) for name, view in app.view_functions.items()}
    assert {name for name, guard in guards.items() if guard and guard.kind == "open"} <= set(OPEN_TO_ALL)


def test_every_view_names_exactly_one_guard() -> None:
    views = [view for source in console_sources() for view in source.functions() if is_route(view)]
    assert views
    assert not [view.name for view in views if len(guards_of(view)) != 1]


def console_sources() -> list[Source]:
    """The sources with the console's own routes. The simulator plays another server."""
    return [source for source in product_sources() if source.package != "simulator"]


def is_route(function: ast.FunctionDef) -> bool:
    calls = [decorator for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return any(isinstance(call.func, ast.Attribute) and called_name(call) in ROUTES for call in calls)


def guards_of(function: ast.FunctionDef) -> list[str]:
    decorators = [getattr(decorator, "func", decorator) for decorator in function.decorator_list]
    names = [getattr(decorator, "id", getattr(decorator, "attr", "")) for decorator in decorators]
    return [name for name in names if name in GUARDS]
