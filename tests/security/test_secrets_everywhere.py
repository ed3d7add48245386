"""A handler that says too much: nothing of it is in database, pages, events, notifications or log (R7, R8, R39)."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import Base, db
from ops_admin.runs import queries
from ops_admin.runs.dispatch import start
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.worker import execution
from ops_admin.server.logs import RedactingFormatter, RedactingJSONFormatter
from tests.runs.operations import registered
from tests.security.reading import leaks
from tests.security.secrets import DISGUISES, TOKENS
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant
from tests.support.sockets import Sockets

SECRETS = {name: make(Random(name)) for name, make in TOKENS.items()}  # noqa: S311  # the same ones each time
ACCEPT = ({"Accept": "text/html"}, {"Accept": "application/json"})
HIDDEN_BY = ("as it is", "zero-width joiners", "percent-encoded", "base64", "json escapes")


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def user(tenant: Tenant) -> User:
    return make_member(tenant, Role.OWNER)


@contextmanager
def logged() -> Iterator[list[io.StringIO]]:
    """What the server's log says, in each of its forms."""
    streams = [io.StringIO(), io.StringIO()]
    handlers = [logging.StreamHandler(stream) for stream in streams]
    for handler, formatter in zip(handlers, (RedactingFormatter(), RedactingJSONFormatter()), strict=True):
        handler.setFormatter(formatter)
        logging.getLogger("ops_admin").addHandler(handler)
    try:
        yield streams
    finally:
        for handler in handlers:
            logging.getLogger("ops_admin").removeHandler(handler)


def talkative(said: list[str]) -> Callable[[RunHandle], None]:
    """A handler that says each text in every way that it has, and fails with all of them."""

    def work(handle: RunHandle) -> None:
        handle.update_context(note=said[0], nested={"list": [{"deep": text} for text in said]})
        for text in said:
            handle.failure("graph.throttled", f"Graph said {text}")
            logging.getLogger("ops_admin.test").warning("Graph said %s", text)
        try:
            raise ValueError(" and ".join(said))
        except ValueError as error:
            raise OperationFailed("graph.throttled", f"Gave up: {said[-1]}") from error

    return work


def stored() -> str:
    """Every row of every table, as one text."""
    db.session.rollback()
    return "\n".join(
        str(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))
    )


def run_with(said: list[str], tenant: Tenant, user: User) -> Run:
    """Start a run whose handler says these texts, and do its work."""
    with registered(talkative(said)):
        inputs = {"name": said[0], "list": said[1:3]}
        started = start("test.operation", actor=Actor.user(user), tenant_id=tenant.id, inputs=inputs)
        execution.execute(started.run.id)
    return queries.get_run(started.run.id)


@pytest.mark.parametrize("disguise", HIDDEN_BY)
def test_what_a_handler_should_not_have_said_is_nowhere(
    sockets: Sockets, client: ConsoleClient, tenant: Tenant, user: User, disguise: str
) -> None:
    socket = sockets.open(user)
    names = sorted(SECRETS)
    runs: list[Run] = []
    with logged() as logs:
        for first in range(0, len(names), 18):
            said = [DISGUISES[disguise](SECRETS[name]) for name in names[first : first + 18]]
            runs.append(run_with(said, tenant, user))
            socket.wait_for("run-completed", runs[-1].id)
            socket.wait_for("notification-created")
    client.sign_in(user.email)
    pages = [client.get(f"/operations/{run.id}", headers=accept).text for run in runs for accept in ACCEPT]
    pages += [client.get(path).text for path in ("/operations", "/notifications", "/operations/active")]
    places = {
        "database": stored(),
        "pages": "\n".join(pages),
        "events": str(socket.heard),
        "log": "\n".join(stream.getvalue() for stream in logs),
    }
    assert all("Graph" in text or place == "events" for place, text in places.items())
    assert not {place: found for place, text in places.items() if (found := leaks(SECRETS.values(), text))}


def test_what_may_be_said_is_there(client: ConsoleClient, tenant: Tenant, user: User) -> None:
    with logged() as logs:
        run = run_with(["policy 47a05d5e-c86b-45d3-99e4-ab449a09af04 is in use"], tenant, user)
    client.sign_in(user.email)
    for text in (client.get(f"/operations/{run.id}").text, logs[0].getvalue(), logs[1].getvalue(), stored()):
        assert "policy 47a05d5e-c86b-45d3-99e4-ab449a09af04 is in use" in text
