"""Throttling and outages: what is retried, after which wait, and when it gives up (R21)."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ops_admin.graph.errors import GraphError
from ops_admin.graph.retries import parse_retry_after
from ops_admin.graph.settings import Limits
from ops_admin.graph.traffic import SECONDS_BETWEEN
from tests.graph.scripted import TIMES_OUT_SOON, Reply, ScriptedServer, Waits, make_client, make_error


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_temporary_failure_is_retried(server: ScriptedServer, waits: Waits, status: int) -> None:
    server.replies = [make_error(status, Retry_After="7"), Reply(body={"id": "a"})]

    assert make_client(server.url, waits).get("groups/a") == {"id": "a"}
    assert waits.seconds == [7]


def test_without_retry_after_the_waits_grow_and_differ(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429)] * 4 + [Reply()]

    make_client(server.url, waits, Limits(max_attempts=5, first_backoff=1, max_backoff=6)).get("groups")

    floors = [1, 2, 4, 6]
    assert all(floor <= wait <= min(floor + 1, 6) for floor, wait in zip(floors, waits.seconds, strict=True))


def test_a_wait_until_a_date_is_measured_by_the_servers_clock() -> None:
    theirs = datetime.now(UTC) + timedelta(days=400)
    headers = {
        "date": format_datetime(theirs, usegmt=True),
        "retry-after": format_datetime(theirs + timedelta(seconds=9), usegmt=True),
    }

    assert parse_retry_after(headers) == 9
    assert parse_retry_after({"date": headers["retry-after"], "retry-after": headers["date"]}) == 0


@pytest.mark.parametrize("value", ["", "soon", "-3", "inf", "nan", "1e3", "٣", "9" * 40, "Thu, 99 Foo 2026"])
def test_an_invalid_retry_after_is_ignored(value: str) -> None:
    assert parse_retry_after({"retry-after": value}) is None


@pytest.mark.parametrize(
    ("status", "code"), [(429, "graph.throttled"), (503, "graph.unavailable"), (502, "graph.unavailable")]
)
def test_giving_up_has_a_code_of_its_own(server: ScriptedServer, waits: Waits, status: int, code: str) -> None:
    server.replies = [make_error(status)]

    with pytest.raises(GraphError) as caught:
        make_client(server.url, waits, Limits(max_attempts=3)).get("groups")

    assert (caught.value.code, len(server.seen), len(waits.seconds)) == (code, 3, 2)


def test_a_wait_longer_than_the_limit_is_not_begun(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429, Retry_After="3600")]

    with pytest.raises(GraphError, match=r"graph\.throttled"):
        make_client(server.url, waits, Limits(max_seconds=60)).get("groups")

    assert waits.seconds == []


def test_an_outage_is_retried_at_length_only_once_until_graph_answers_again(server: ScriptedServer) -> None:
    client = make_client(server.url, limits=Limits(max_attempts=5, attempts_after_giving_up=2))
    server.replies = [make_error(503)] * 7 + [Reply()] + [make_error(503)]

    attempts = []
    for path in ("first", "second", "served", "later"):
        before = len(server.seen)
        with suppress(GraphError):
            client.get(path)
        attempts.append(len(server.seen) - before)

    assert attempts == [5, 2, 1, 5]


def test_an_outage_is_waited_for_at_length_only_once(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429, Retry_After="50")]
    client = make_client(server.url, waits, Limits(max_attempts=2, seconds_after_giving_up=30))

    for path in ("first", "second"):
        with pytest.raises(GraphError):
            client.get(path)

    assert waits.seconds == [50]


def test_each_wait_is_announced_before_it_begins(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429, Retry_After="2"), make_error(503, Retry_After="3"), Reply()]

    make_client(server.url, waits).get("groups")

    told = [(each.seconds, each.attempt, each.code, each.status) for each in waits.throttled]
    assert told == [(2, 1, "graph.throttled", 429), (3, 2, "graph.unavailable", 503)]


def test_a_cancel_is_heard_in_the_wait(server: ScriptedServer, waits: Waits) -> None:
    server.replies = [make_error(429, Retry_After="30")]
    waits.stop = InterruptedError("the run is to stop")

    with pytest.raises(InterruptedError):
        make_client(server.url, waits).get("groups")

    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_a_refusal_is_not_repeated(server: ScriptedServer, waits: Waits, status: int) -> None:
    server.replies = [make_error(status, Retry_After="1")]

    with pytest.raises(GraphError):
        make_client(server.url, waits).get("groups")

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(silent=True), "graph.timeout"),
        (make_error(504), "graph.unavailable"),
        (Reply(body={"id": "x" * 500}, cut=100), "graph.unexpected_response"),
    ],
)
def test_a_write_that_may_have_been_done_is_not_sent_again(server: ScriptedServer, reply: Reply, code: str) -> None:
    server.replies = [reply]

    with pytest.raises(GraphError) as caught:
        make_client(server.url, limits=TIMES_OUT_SOON).post("groups", {"displayName": "one"})

    assert (caught.value.code, len(server.seen)) == (code, 1)


@pytest.mark.parametrize("reply", [Reply(silent=True), make_error(504), Reply(body={"id": "x" * 500}, cut=100)])
def test_a_read_that_got_lost_is_sent_again(server: ScriptedServer, reply: Reply) -> None:
    server.replies = [reply, Reply(body={"id": "a"})]

    assert make_client(server.url, limits=TIMES_OUT_SOON).get("groups/a") == {"id": "a"}


def test_a_throttled_write_is_sent_again(server: ScriptedServer) -> None:
    server.replies = [make_error(429), make_error(429), Reply(201, {"id": "new"})]

    assert make_client(server.url).post("groups", {"displayName": "one"}) == {"id": "new"}
    assert [seen.json() for seen in server.seen] == [{"displayName": "one"}] * 3


def test_an_idempotent_write_is_sent_again(server: ScriptedServer) -> None:
    server.replies = [make_error(504), Reply(204, b"")]

    assert make_client(server.url).post("groups/a/assign", {"assignments": []}, idempotent=True) == {}


def test_conditional_access_is_asked_once_a_second(
    server: ScriptedServer, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SECONDS_BETWEEN, "access", 1.0)  # the other tests do not wait for it
    client = make_client(server.url, waits)
    for path in ("identity/conditionalAccess/policies", "groups", "identity/conditionalAccess/policies"):
        client.get(path)

    assert len(waits.seconds) == 1
    assert 0.5 < waits.seconds[0] <= 1
