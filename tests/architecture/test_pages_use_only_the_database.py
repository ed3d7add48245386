"""Rendering any page opens no socket besides the database's (R34)."""

import socket

import pytest
from flask import Flask

from tests.support.clients import ConsoleClient
from tests.support.network import SocketUsedError, no_sockets
from tests.support.pages import World, make_world, pages_of


@pytest.fixture
def world(app_context: Flask) -> World:
    return make_world()


def test_no_page_opens_a_socket(app: Flask, client: ConsoleClient, world: World) -> None:
    client.sign_in(world.user.email)
    for path in pages_of(app, world):
        with no_sockets():
            response = client.get(path)
        assert response.status_code in {200, 302}, f"{path} answered {response.status}"


def test_no_fragment_opens_a_socket(app: Flask, client: ConsoleClient, world: World) -> None:
    client.sign_in(world.user.email)
    for path in pages_of(app, world):
        with no_sockets():
            response = client.get(path, headers={"HX-Request": "true"})
        assert response.status_code < 400, f"{path} answered {response.status}"


def test_no_json_of_a_run_opens_a_socket(client: ConsoleClient, world: World) -> None:
    client.sign_in(world.user.email)
    with no_sockets():
        assert client.get_json(f"/operations/{world.run.id}")["id"] == world.run.id


def test_a_socket_would_be_noticed() -> None:
    with no_sockets(), pytest.raises(SocketUsedError):
        socket.create_connection(("127.0.0.1", 9))
