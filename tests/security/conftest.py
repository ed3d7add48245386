"""Somebody who sends whatever they like to a console with something in it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.clients import ConsoleClient
from tests.support.pages import World, make_world


class Sender:
    """Sends, and keeps what went wrong instead of ending at the first of it."""

    def __init__(self, client: ConsoleClient) -> None:
        self.faults: list[str] = []
        self.sent = 0
        self._client = client

    def send(self, label: str, path: str, method: str, **what: Any) -> int:
        """Send one request; an exception that reaches the server is a fault, as is any status that says so."""
        self.sent += 1
        try:
            with self._client.open(path, method=method, **what) as response:
                status = response.status_code
        except Exception as error:  # any: that is what is looked for
            self.faults.append(f"{label}: {method} {path[:80]}: {type(error).__name__}: {str(error)[:200]}")
            return 500
        if status >= 500:
            self.faults.append(f"{label}: {method} {path[:80]}: {status}")
        return status


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        return make_world()


@pytest.fixture
def sender(client: ConsoleClient, world: World) -> Iterator[Sender]:
    client.sign_in(world.user.email)
    sender = Sender(client)
    yield sender
    assert not sender.faults, "\n".join(sender.faults[:20])
    assert client.get("/operations").status_code == 200, "what was sent has signed the sender out"
