"""On PostgreSQL the commit wakes a waiting worker; it need not wait for the next poll (R11, R50)."""

from collections.abc import Iterator

import psycopg
import pytest

from ops_admin.infra.database import transaction
from ops_admin.infra.extensions import huey
from ops_admin.runs.tasks import run_operation

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def waiting(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection that listens on the workers' channel."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'listen "{huey.storage.channel}"')
        yield connection


def wake_ups(connection: psycopg.Connection, seconds: float) -> int:
    return len(list(connection.notifies(timeout=seconds, stop_after=1)))


def test_the_commit_wakes_whoever_waits(waiting: psycopg.Connection) -> None:
    with transaction():
        run_operation(1)
        assert wake_ups(waiting, 0.2) == 0
    assert wake_ups(waiting, 10) == 1


def test_what_is_rolled_back_wakes_nobody(waiting: psycopg.Connection) -> None:
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        run_operation(1)
        raise RuntimeError("power cut")
    assert wake_ups(waiting, 0.2) == 0
