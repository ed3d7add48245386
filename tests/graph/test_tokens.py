"""App tokens come from msal and are cached per tenant; the secret goes to the configured login host only."""

import threading
from typing import Any

import pytest

from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import GraphSettings, Limits
from ops_admin.graph.tokens import AppTokens, app_tokens
from tests.graph.scripted import TENANT, Reply, ScriptedServer, Seen, Waits, make_error

OTHER_TENANT = "99999999-2222-4333-8444-555555555555"
SECRET = "app-secret"


class LoginService:
    """Discovery and token endpoint of a scripted server; like Entra's, it names the public hosts."""

    def __init__(self, server: ScriptedServer, host: str = "login.microsoftonline.com") -> None:
        self.host = host
        self.issued = 0
        self.token_replies: list[Reply] = []
        self.server = server
        server.script = self.answer

    def answer(self, seen: Seen) -> Reply:
        tenant = seen.path.split("/")[1]
        if seen.method == "GET":
            return Reply(body=self.discovery(f"https://{self.host}/{tenant}"))
        if self.token_replies:
            return self.token_replies.pop(0)
        self.issued += 1
        return Reply(body={"token_type": "Bearer", "expires_in": 3599, "access_token": f"t{self.issued}"})

    def discovery(self, base: str) -> dict[str, Any]:
        endpoints = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/oauth2/v2.0/token"}
        return {"issuer": f"{base}/v2.0", **endpoints}

    def asked(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.server.seen]


@pytest.fixture
def login(server: ScriptedServer) -> LoginService:
    return LoginService(server)


def make_tokens(
    login: LoginService, tenant: str = TENANT, *, client_id: str | None = "app", secret: str | None = SECRET
) -> AppTokens:
    url = login.server.url
    settings = GraphSettings(url, url, client_id, secret)
    return AppTokens(settings, tenant, Limits(max_attempts=3))


def test_a_token_is_fetched_with_the_apps_credentials(login: LoginService, waits: Waits) -> None:
    assert make_tokens(login).get(waits) == "t1"

    assert login.asked() == [
        f"GET /{TENANT}/v2.0/.well-known/openid-configuration",
        f"POST /{TENANT}/oauth2/v2.0/token",
    ]
    form = login.server.seen[1].body.decode()
    assert "client_secret=app-secret" in form
    assert "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" in form


def test_a_token_is_used_until_it_expires(login: LoginService, waits: Waits) -> None:
    tokens = make_tokens(login)

    assert {tokens.get(waits) for _ in range(5)} == {"t1"}
    assert login.issued == 1


def test_a_rejected_token_is_replaced_by_a_fresh_one(login: LoginService, waits: Waits) -> None:
    tokens = make_tokens(login)

    assert tokens.renew(tokens.get(waits), waits) == "t2"
    assert tokens.get(waits) == "t2"


def test_one_of_many_threads_with_a_rejected_token_fetches_for_all(login: LoginService, waits: Waits) -> None:
    tokens = make_tokens(login)
    rejected = tokens.get(waits)
    fresh: list[str] = []
    threads = [threading.Thread(target=lambda: fresh.append(tokens.renew(rejected, waits))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fresh == ["t2"] * 8
    assert login.issued == 2


def test_the_process_has_one_source_for_a_tenant(login: LoginService) -> None:
    settings = GraphSettings(login.server.url, login.server.url, "app", "app-secret")

    assert app_tokens(settings, TENANT) is app_tokens(settings, TENANT.upper())
    assert app_tokens(settings, TENANT) is not app_tokens(settings, OTHER_TENANT)


def test_two_tenants_do_not_share_a_token(login: LoginService, waits: Waits) -> None:
    assert make_tokens(login).get(waits) != make_tokens(login, OTHER_TENANT).get(waits)


def test_the_secret_goes_to_our_login_host_whatever_the_discovery_document_says(waits: Waits) -> None:
    with ScriptedServer().running() as elsewhere, ScriptedServer().running() as server:
        login = LoginService(server, host=elsewhere.url.removeprefix("http://"))

        assert make_tokens(login).get(waits) == "t1"
        assert elsewhere.seen == []


@pytest.mark.parametrize(("client_id", "secret"), [(None, SECRET), ("app", None), ("app", "")])
def test_without_credentials_no_request_is_sent(
    login: LoginService, waits: Waits, client_id: str | None, secret: str | None
) -> None:
    with pytest.raises(GraphError, match=r"graph\.unauthorized"):
        make_tokens(login, client_id=client_id, secret=secret).get(waits)

    assert login.asked() == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(401, {"error": "invalid_client", "error_codes": [7000215]}), "graph.unauthorized"),
        (Reply(400, {"error": "unauthorized_client"}), "graph.unauthorized"),
        (Reply(400, b"<html>"), "graph.unauthorized"),
        (Reply(400, {"error": "temporarily_unavailable"}), "graph.unavailable"),
        (Reply(200, b"<html>hotel</html>"), "graph.unexpected_response"),
        (Reply(200, {"access_token": ""}), "graph.unauthorized"),
        (Reply(302, headers={"Location": "http://evil.example"}), "graph.unexpected_response"),
    ],
)
def test_a_refused_token_has_a_stable_code(
    login: LoginService, waits: Waits, reply: Reply, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    login.token_replies = [reply]

    with pytest.raises(GraphError) as caught:
        make_tokens(login).get(waits)

    assert caught.value.code == code
    assert "app-secret" not in caplog.text


def test_a_busy_login_service_is_waited_for(login: LoginService, waits: Waits) -> None:
    login.token_replies = [make_error(429, Retry_After="3"), make_error(503, Retry_After="4")]

    assert make_tokens(login).get(waits) == "t1"
    assert waits.seconds == [3, 4]


def test_a_cancel_is_heard_while_the_login_service_is_busy(login: LoginService, waits: Waits) -> None:
    login.token_replies = [make_error(503)]
    tokens = make_tokens(login)
    waits.stop = InterruptedError()
    with pytest.raises(InterruptedError):
        tokens.get(waits)

    assert tokens.get(Waits()) == "t1"


def test_a_cancel_is_heard_while_another_thread_fetches_the_token(login: LoginService) -> None:
    tokens = make_tokens(login)
    login.token_replies = [make_error(503)]
    waiting, go_on = threading.Event(), threading.Event()

    def wait_for_the_test(seconds: float) -> None:
        waiting.set()
        go_on.wait(10)

    first = threading.Thread(target=lambda: tokens.get(wait_for_the_test))
    first.start()
    waiting.wait(10)
    stopped = Waits()
    stopped.stop = InterruptedError()
    with pytest.raises(InterruptedError):
        tokens.get(stopped)
    go_on.set()
    first.join()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (make_error(400), "graph.unauthorized"),
        (Reply(404, b"<html>"), "graph.unauthorized"),
        (Reply(200, b"<html>"), "graph.unexpected_response"),
        (Reply(200, {}), "graph.unexpected_response"),
        (make_error(503), "graph.unavailable"),
    ],
)
def test_a_tenant_without_a_discovery_document_has_a_stable_code(
    server: ScriptedServer, waits: Waits, reply: Reply, code: str
) -> None:
    server.replies = [reply]

    with pytest.raises(GraphError) as caught:
        AppTokens(GraphSettings(server.url, server.url, "a", "s"), TENANT, Limits(max_attempts=2)).get(waits)

    assert caught.value.code == code


def test_a_failure_is_not_remembered(login: LoginService, waits: Waits) -> None:
    tokens = make_tokens(login)
    login.token_replies = [make_error(503)] * 3
    with pytest.raises(GraphError):
        tokens.get(waits)

    assert tokens.get(waits) == "t1"


def test_a_tenant_is_identified_by_its_directory_id() -> None:
    with pytest.raises(ValueError, match="UUID"):
        AppTokens(GraphSettings("http://127.0.0.1", "http://127.0.0.1"), "../common")
