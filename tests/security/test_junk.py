"""Numbers, bodies and forms that are too large are answered in words (R38)."""

import pytest
from flask import Flask

from ops_admin.runs import queries
from ops_admin.web.request_limits import DEEPEST_JSON, storable
from tests.security.conftest import Sender
from tests.security.junk import BEYOND_BIGINT, JSON, addresses_of, vars_of
from tests.support.clients import ConsoleClient
from tests.support.pages import World


@pytest.mark.parametrize("number", [BEYOND_BIGINT, 0])
def test_no_id_is_too_large(app: Flask, sender: Sender, world: World, number: int) -> None:
    ids = [name for name in vars_of(world) if name != "tenant_id"]
    for method in ("GET", "POST"):
        for changed in (dict.fromkeys([*ids, "other"], number), {"tenant_id": number}, {"other": number}):
            for endpoint, path in addresses_of(app, world, method, **changed).items():
                if str(number) in path:
                    status = sender.send(f"{endpoint} with {changed}", path, method)
                    assert status != 200 or number == 0


def test_json_that_is_nested_too_deeply_is_refused_in_words(client: ConsoleClient, world: World) -> None:
    client.sign_in(world.user.email)
    path = f"/tenants/{world.tenant.id}/inventory/sync"
    body = '{"types":' + "[" * (DEEPEST_JSON + 1) + "]" * (DEEPEST_JSON + 1) + "}"
    response = client.post(path, data=body, content_type="application/json", headers=JSON)
    assert response.status_code == 400
    assert response.get_json()["error"]["message"]


def test_what_cannot_be_stored_becomes_the_sign_for_it() -> None:
    assert storable({"a\x00": ["\ud800", 1, None, "\N{GRINNING FACE}"]}) == {
        "a\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}", 1, None, "\N{GRINNING FACE}"]
    }


@pytest.mark.parametrize("size", [3_000_000, 10_000_000])
def test_a_body_that_is_too_large_is_refused_in_the_houses_own_words(
    client: ConsoleClient, world: World, size: int
) -> None:
    client.sign_in(world.user.email)
    path = f"/tenants/{world.tenant.id}/backups"
    for what in ({"data": {"name": "a" * size}}, {"data": "a" * size, "content_type": "application/json"}):
        response = client.post(path, **what)
        assert response.status_code in (400, 413)
        assert "That is too much at once" in response.text or "could not be understood" in response.text


def test_a_form_of_too_many_fields_is_refused_in_words(app: Flask, client: ConsoleClient, world: World) -> None:
    client.sign_in(world.user.email)
    before = newest_run(app, world)
    path = f"/tenants/{world.tenant.id}/backups"
    many = {f"f{number}": "" for number in range(30_000)}
    response = client.post(path, data=many)
    assert response.status_code == 413
    assert "That is too much at once" in response.text
    assert newest_run(app, world) == before


def newest_run(app: Flask, world: World) -> int:
    with app.app_context():
        scope = queries.Scope(frozenset({world.tenant.id}), frozenset({world.tenant.workspace_id}))
        return queries.list_runs(scope, queries.RunFilter()).rows[0].id
