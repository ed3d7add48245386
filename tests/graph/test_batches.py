"""Requests are sent with `$batch`, twenty at a time, and each succeeds or fails by itself."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import Limits
from tests.graph.scripted import Reply, ScriptedServer, Seen, Waits, make_client, make_error

Inner = Mapping[str, Any]


def make_requests(count: int) -> list[BatchRequest]:
    return [BatchRequest(str(number), f"groups/{number}") for number in range(count)]


def answer_inner(server: ScriptedServer, inner: Callable[[str, int], Inner]) -> None:
    """Answer each inner request by id and the number of the outer one (1 is the first), in reverse order."""

    def script(seen: Seen) -> Reply:
        ids = [request["id"] for request in seen.json()["requests"]]
        answers = [{"id": each, **inner(each, len(server.seen))} for each in reversed(ids)]
        return Reply(body={"responses": answers})

    server.script = script


def ok(request_id: str, _attempt: int = 0) -> Inner:
    return {"status": 200, "body": {"id": request_id}}


def sent_ids(server: ScriptedServer) -> list[list[str]]:
    return [[request["id"] for request in seen.json()["requests"]] for seen in server.seen]


def test_responses_come_in_the_order_of_the_requests(server: ScriptedServer) -> None:
    answer_inner(server, ok)

    responses = list(make_client(server.url).batch(make_requests(45)))

    assert [response.json_object()["id"] for response in responses] == [str(n) for n in range(45)]
    assert [len(ids) for ids in sent_ids(server)] == [20, 20, 5]
    assert server.seen[0].json()["requests"][0] == {"id": "0", "method": "GET", "url": "/groups/0"}


def test_only_what_was_throttled_is_sent_again(server: ScriptedServer, waits: Waits) -> None:
    refused = {
        "2": {"status": 429, "headers": {"Retry-After": "4"}},
        "5": {"status": 503, "headers": {"retry-after": "9"}},
    }
    answer_inner(server, lambda each, attempt: refused[each] if each in refused and attempt == 1 else ok(each))

    responses = list(make_client(server.url, waits).batch(make_requests(8)))

    assert [response.error for response in responses] == [None] * 8
    assert sent_ids(server)[1:] == [["2", "5"]]
    assert waits.seconds == [9]


def test_what_stays_throttled_fails_alone(server: ScriptedServer) -> None:
    answer_inner(server, lambda each, _: {"status": 429} if each == "1" else ok(each))

    responses = list(make_client(server.url, limits=Limits(max_attempts=3)).batch(make_requests(3)))

    codes = [response.error.code if response.error else None for response in responses]
    assert codes == [None, "graph.throttled", None]
    assert sent_ids(server) == [["0", "1", "2"], ["1"], ["1"]]


def test_endless_inner_throttling_is_waited_for_only_once(server: ScriptedServer) -> None:
    answer_inner(server, lambda _, __: {"status": 429})
    limits = Limits(max_attempts=5, attempts_after_giving_up=2)

    responses = list(make_client(server.url, limits=limits).batch(make_requests(60)))

    assert {response.status for response in responses} == {429}
    assert [len(ids) for ids in sent_ids(server)] == [20] * (5 + 2 + 2)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404, "body": {"error": {"code": "NotFound"}}}, "graph.not_found"),
        ({"status": 502}, "graph.unavailable"),
        ({"status": 403, "body": "PGh0bWw+"}, "graph.forbidden"),
        ({"status": "200", "body": {}}, "graph.unexpected_response"),
        ({"status": True, "body": {}}, "graph.unexpected_response"),
        ({}, "graph.unexpected_response"),
    ],
)
def test_a_failed_inner_request_is_an_error_even_if_the_batch_succeeds(
    server: ScriptedServer, answer: Inner, code: str
) -> None:
    answer_inner(server, lambda each, _: answer if each == "0" else ok(each))

    first, second = make_client(server.url).batch(make_requests(2))

    assert first.error is not None
    assert (first.error.code, second.error, len(server.seen)) == (code, None, 1)
    with pytest.raises(GraphError):
        first.json_object()


def test_an_answer_that_is_missing_is_an_error_of_that_request(server: ScriptedServer) -> None:
    server.replies = [Reply(body={"responses": [{"id": "0", "status": 200, "body": {}}, "strange"]})]

    first, second = make_client(server.url).batch(make_requests(2))

    assert first.error is None
    assert second.error is not None


def test_a_success_without_an_object_is_an_unexpected_response(server: ScriptedServer) -> None:
    answer_inner(server, lambda each, _: {"status": 200, "body": "PGh0bWw+"})

    (response,) = make_client(server.url).batch(make_requests(1))

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        response.json_object()


def test_a_batch_that_fails_as_a_whole_is_retried_first(server: ScriptedServer) -> None:
    server.replies = [make_error(503)]

    with pytest.raises(GraphError, match=r"graph\.unavailable"):
        list(make_client(server.url, limits=Limits(max_attempts=3)).batch(make_requests(2)))

    assert len(server.seen) == 3


@pytest.mark.parametrize("body", [{}, {"responses": {}}, {"responses": None}])
def test_an_outer_answer_of_another_shape_is_refused(server: ScriptedServer, body: object) -> None:
    server.replies = [Reply(body=body)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        list(make_client(server.url).batch(make_requests(1)))


def test_a_dependent_request_is_sent_again_with_what_it_depends_on(server: ScriptedServer) -> None:
    def inner(each: str, attempt: int) -> Inner:
        return {"status": {"a": 429, "b": 424}[each]} if attempt == 1 else ok(each)

    answer_inner(server, inner)
    requests = [BatchRequest("a", "groups/a"), BatchRequest("b", "groups/b", depends_on=("a",))]

    responses = list(make_client(server.url).batch(requests))

    assert [response.error for response in responses] == [None, None]
    assert server.seen[1].json()["requests"][1]["dependsOn"] == ["a"]


def test_a_throttled_dependent_request_is_sent_again_alone(server: ScriptedServer) -> None:
    answer_inner(server, lambda each, attempt: {"status": 429} if each == "b" and attempt == 1 else ok(each))
    requests = [BatchRequest("a", "groups/a"), BatchRequest("b", "groups/b", depends_on=("a",))]

    list(make_client(server.url).batch(requests))

    assert server.seen[1].json()["requests"] == [{"id": "b", "method": "GET", "url": "/groups/b"}]


def test_a_dependency_in_an_earlier_batch_counts(server: ScriptedServer) -> None:
    answer_inner(server, lambda each, _: {"status": 404} if each == "0" else ok(each))
    late = [
        BatchRequest("bad", "groups/x", depends_on=("0",)),
        BatchRequest("worse", "groups/z", depends_on=("bad",)),
        BatchRequest("good", "groups/y", depends_on=("1",)),
    ]

    *_, bad, worse, good = make_client(server.url).batch(make_requests(20) + late)

    assert (bad.status, worse.status, good.error) == (424, 424, None)
    assert server.seen[1].json()["requests"] == [{"id": "good", "method": "GET", "url": "/groups/y"}]


@pytest.mark.parametrize("second", [BatchRequest("0", "groups"), BatchRequest("1", "x", depends_on=("none",))])
def test_an_inconsistent_batch_is_refused_before_it_is_sent(server: ScriptedServer, second: BatchRequest) -> None:
    with pytest.raises(ValueError, match="batch request"):
        list(make_client(server.url).batch([*make_requests(1), second]))

    assert server.seen == []


def test_a_body_has_its_content_type(server: ScriptedServer) -> None:
    answer_inner(server, ok)

    list(make_client(server.url).batch([BatchRequest("a", "groups", method="POST", body={"x": 1})]))

    assert server.seen[0].json()["requests"] == [
        {
            "id": "a",
            "method": "POST",
            "url": "/groups",
            "body": {"x": 1},
            "headers": {"Content-Type": "application/json"},
        }
    ]


def test_after_a_lost_response_a_batch_of_reads_is_sent_again_and_one_of_writes_is_not(server: ScriptedServer) -> None:
    server.replies = [make_error(504)]
    client = make_client(server.url, limits=Limits(max_attempts=3))

    with pytest.raises(GraphError):
        list(client.batch(make_requests(1)))
    reads = len(server.seen)
    with pytest.raises(GraphError):
        list(client.batch([BatchRequest("a", "groups", method="POST", body={})]))

    assert (reads, len(server.seen) - reads) == (3, 1)
