"""Failures have our own codes and messages, never Graph's (R7)."""

import json

import pytest

from ops_admin.graph.errors import FAILURE_CODES, GraphError
from tests.graph.scripted import Reply, ScriptedServer, make_client, make_error


def fail(server: ScriptedServer, reply: Reply) -> GraphError:
    server.replies = [reply]
    with pytest.raises(GraphError) as caught:
        make_client(server.url).get("groups")
    return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "graph.bad_request"),
        (401, "graph.unauthorized"),
        (403, "graph.forbidden"),
        (404, "graph.not_found"),
        (405, "graph.bad_request"),
        (408, "graph.timeout"),
        (409, "graph.conflict"),
        (412, "graph.conflict"),
        (418, "graph.bad_request"),
        (429, "graph.throttled"),
        (500, "graph.unavailable"),
        (503, "graph.unavailable"),
    ],
)
def test_a_status_has_its_code(server: ScriptedServer, status: int, code: str) -> None:
    assert fail(server, make_error(status)).code == code


@pytest.mark.parametrize("status", [400, 403])
def test_a_missing_second_approval_has_its_own_code(server: ScriptedServer, status: int) -> None:
    inner = json.dumps({"Message": "Header x-msft-approval-justification is missing", "_version": 3})

    assert fail(server, make_error(status, "Forbidden", inner)).code == "graph.approval_required"


@pytest.mark.parametrize("spelling", ["innerError", "innererror"])
def test_the_request_id_is_kept_for_the_log(server: ScriptedServer, spelling: str) -> None:
    envelope = {"error": {"code": "Forbidden", "message": "no", spelling: {"request-id": "abc-1"}}}

    error = fail(server, Reply(403, envelope))

    assert (error.graph_code, error.request_id) == ("Forbidden", "abc-1")
    assert str(error) == "graph.forbidden HTTP 403 Forbidden abc-1"


def test_nothing_of_graphs_message_is_kept(server: ScriptedServer) -> None:
    hidden = json.dumps({"_version": 3, "Message": "user bob@contoso.com", "Url": "https://fef.msub01.example"})

    error = fail(server, make_error(403, "Forbidden", hidden))

    kept = f"{error!r} {error} {error.public_message} {vars(error)}"
    assert "contoso" not in kept
    assert "fef." not in kept
    assert error.public_message == "The app may not do this in the tenant (HTTP 403)."


@pytest.mark.parametrize("body", [b"<html>", b"", b"null", b'{"error": "text"}', b'{"error": {"code": {}}}'])
def test_an_error_without_an_envelope_still_has_its_code(server: ScriptedServer, body: bytes) -> None:
    error = fail(server, Reply(404, body))

    assert (error.code, error.graph_code, error.request_id) == ("graph.not_found", None, None)


def test_a_code_that_is_a_payload_is_not_kept(server: ScriptedServer) -> None:
    assert fail(server, make_error(400, '{"token": "x"}')).graph_code is None


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_every_code_has_a_short_public_message(code: str) -> None:
    assert 20 < len(GraphError(code, status=400).public_message) <= 200
