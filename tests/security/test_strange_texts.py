"""Whatever is sent: the console answers in words, never with a fault of its own (R38).

The names of fields are not written down here: a spy notes which ones each view asks for, so that a new one is found.
"""

import pytest
from flask import Flask

from tests.security.conftest import Sender
from tests.security.junk import JSON, NUL, TEXTS, addresses_of, json_bodies, spying
from tests.support.pages import World


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL is the stricter about texts."""
    return postgres_url


@pytest.mark.parametrize("kind", TEXTS)
def test_no_text_in_an_address_or_a_form_is_too_strange(app: Flask, sender: Sender, world: World, kind: str) -> None:
    with spying(app) as asked:
        for method in ("GET", "POST"):
            for endpoint, path in addresses_of(app, world, method).items():
                sender.send(endpoint, path, method)
                tried: set[str] = set()
                while left := asked[endpoint] - tried - {"csrf_token"}:
                    name = min(left)
                    tried.add(name)
                    fields = {name: TEXTS[kind]}
                    what = {"data": fields} if method == "POST" else {"query_string": fields}
                    sender.send(f"{kind} as {name} of {endpoint}", path, method, **what)
        assert sum(map(len, asked.values())) > 50, "the spy has seen nothing"


def test_no_json_is_too_strange(app: Flask, sender: Sender, world: World) -> None:
    bodies = list(json_bodies())
    for number, (endpoint, path) in enumerate(addresses_of(app, world, "POST").items()):
        # Each address gets a third of them, and its neighbours the others: how JSON is read is the same everywhere.
        for kind, body in bodies[number % 3 :: 3]:
            what = {"data": body, "content_type": "application/json", "headers": JSON}
            sender.send(f"{kind} to {endpoint}", path, "POST", **what)


def test_a_nul_in_a_name_is_seen_and_stored_as_something_else(app: Flask, sender: Sender, world: World) -> None:
    path = f"/tenants/{world.tenant.id}/backups"
    assert sender.send("a name", path, "POST", data={"name": NUL, "all": "1"}) in (303, 422)


def test_what_is_typed_into_the_search_is_found_whatever_its_script(sender: Sender, world: World) -> None:
    path = f"/tenants/{world.tenant.id}/policies"
    for typed in ("\uff25\uff2e\uff23 every", "encrypt\u00a0EVERY", "Größe", "密码", "%_\\", "İ"):
        assert sender.send("search", path, "GET", query_string={"q": typed}) == 200
