"""HTTP exchanges: the token is sent to one host only, and responses are validated (R39)."""

import gzip
import logging

import pytest

from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import GraphSettings, Limits
from ops_admin.graph.transport import Transport
from tests.graph.scripted import (
    TENANT,
    TIMES_OUT_SOON,
    FixedTokens,
    Reply,
    ScriptedServer,
    make_client,
    make_error,
)
from tests.support.network import free_port


def test_a_request_has_a_token_a_user_agent_and_an_id(server: ScriptedServer) -> None:
    make_client(server.url).get("deviceManagement/intents", params={"$filter": "name eq 'A & B'", "$top": "5"})

    seen = server.seen[0]
    assert seen.path == "/beta/deviceManagement/intents?$filter=name%20eq%20%27A%20%26%20B%27&$top=5"
    assert seen.headers["authorization"] == "Bearer token-1"
    assert seen.headers["user-agent"].startswith("ops_admin/")
    assert len(seen.headers["client-request-id"]) == 36


def test_requests_of_a_client_share_a_connection(server: ScriptedServer) -> None:
    client = make_client(server.url)
    for _ in range(3):
        client.get("groups")

    ids = {seen.headers["client-request-id"] for seen in server.seen}
    assert server.connections == 1
    assert len(ids) == 3


def test_a_rejected_token_is_renewed_once(server: ScriptedServer) -> None:
    server.replies = [make_error(401), Reply(body={"id": "a"})]

    make_client(server.url).get("groups/a")

    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_rejected_twice_is_unauthorized(server: ScriptedServer) -> None:
    server.replies = [make_error(401)]

    with pytest.raises(GraphError, match=r"graph\.unauthorized"):
        make_client(server.url).get("groups")

    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: ScriptedServer, status: int) -> None:
    with ScriptedServer().running() as elsewhere:
        server.replies = [Reply(status, headers={"Location": f"{elsewhere.url}/beta/groups"})]
        with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
            make_client(server.url).get("groups")

        assert elsewhere.seen == []


@pytest.mark.parametrize("token", ["token", None])
def test_nothing_is_ever_sent_to_another_host(server: ScriptedServer, token: str | None) -> None:
    with ScriptedServer().running() as elsewhere, pytest.raises(GraphError):
        Transport(server.url, Limits()).send("GET", f"{elsewhere.url}/beta/groups", headers={}, token=token)

    assert elsewhere.seen == []


def test_neither_token_nor_secret_is_logged(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [make_error(429), make_error(403)]

    with pytest.raises(GraphError) as caught:
        make_client(server.url).get("groups")

    everything = caplog.text + repr(caught.value) + repr(GraphSettings("u", "l", "app", "app-secret"))
    assert "token-1" not in everything
    assert "app-secret" not in everything


def test_cookies_are_not_kept(server: ScriptedServer) -> None:
    server.replies = [Reply(headers={"Set-Cookie": "a=b"})]
    client = make_client(server.url)
    client.get("groups")
    client.get("groups")

    assert "cookie" not in server.seen[1].headers


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in to the hotel's network</html>",
        b'{"id": "a", "half',
        b"",
        b"[]",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
    ids=["html", "half", "empty", "list", "text", "nan", "infinite", "bytes", "deep", "digits"],
)
def test_what_is_not_a_json_object_is_an_unexpected_response(server: ScriptedServer, body: bytes) -> None:
    server.replies = [Reply(body=body)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        make_client(server.url).get("groups")


def test_a_byte_order_mark_does_no_harm(server: ScriptedServer) -> None:
    server.replies = [Reply(body=b'\xef\xbb\xbf{"id": "a"}')]

    assert make_client(server.url).get("groups/a") == {"id": "a"}


def test_a_page_that_is_cut_off_is_an_unexpected_response_in_the_end(server: ScriptedServer) -> None:
    server.replies = [Reply(body={"value": [{"id": "x" * 1000}]}, cut=500)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        make_client(server.url, limits=TIMES_OUT_SOON).get("groups")


@pytest.mark.parametrize("zipped", [False, True])
def test_an_endless_body_is_not_read_to_its_end(server: ScriptedServer, zipped: bool) -> None:
    content = b'{"a": "' + b"x" * 2_000_000 + b'"}'
    headers = {"Content-Encoding": "gzip"} if zipped else {}
    server.replies = [Reply(body=gzip.compress(content) if zipped else content, headers=headers)]

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        make_client(server.url, limits=Limits(max_body=1_000_000)).get("groups")


def test_ten_megabytes_of_settings_are_read(server: ScriptedServer) -> None:
    server.replies = [Reply(body={"value": [{"id": str(n), "text": "x" * 1000} for n in range(10_000)]})]

    assert sum(len(page) for page in make_client(server.url).pages("settings")) == 10_000


def test_a_host_that_does_not_answer_is_a_timeout(server: ScriptedServer) -> None:
    server.replies = [Reply(silent=True)]

    with pytest.raises(GraphError, match=r"graph\.timeout"):
        make_client(server.url, limits=TIMES_OUT_SOON).get("groups")

    assert len(server.seen) == 3


def test_a_body_that_stops_in_the_middle_is_a_timeout(server: ScriptedServer) -> None:
    server.replies = [Reply(body={"id": "x" * 1000}, stall=500)]

    with pytest.raises(GraphError, match=r"graph\.timeout"):
        make_client(server.url, limits=TIMES_OUT_SOON).get("groups")


def test_a_body_that_trickles_for_ever_is_a_timeout(server: ScriptedServer) -> None:
    server.replies = [Reply(body={"id": "x" * 10_000}, trickle=True)]

    with pytest.raises(GraphError, match=r"graph\.timeout"):
        make_client(server.url, limits=Limits(max_seconds=0.3, max_attempts=1)).get("groups")


def test_a_proxy_from_the_environment_is_not_used_for_this_machine(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert make_client(server.url).get("groups") == {}


def test_an_unreachable_host_is_unavailable() -> None:
    with pytest.raises(GraphError, match=r"graph\.unavailable"):
        make_client(f"http://127.0.0.1:{free_port()}").get("groups")


def test_an_interactive_client_asks_to_be_throttled_last(server: ScriptedServer) -> None:
    settings = GraphSettings(server.url, server.url)
    GraphClient(settings, TENANT, tokens=FixedTokens(), interactive=True).get("groups")

    assert server.seen[0].headers["x-ms-throttle-priority"] == "high"
