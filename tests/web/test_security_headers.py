"""Headers, cookie flags, limits and proxies (R38)."""

from pathlib import Path

import pytest
from flask import Flask, request

from tests.support.application import dispose, make_app, make_settings
from tests.support.clients import ConsoleClient
from tests.support.environment import NOWHERE
from tests.support.factories import make_user

HTTPS = "https://console.example"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def proxied_client(sqlite_url: str, tmp_path: Path) -> ConsoleClient:
    app = make_app(make_settings(tmp_path, sqlite_url, OPS_ADMIN_TRUSTED_PROXIES="1"))
    client = app.test_client()
    assert isinstance(client, ConsoleClient)
    dispose(app)
    return client


@pytest.mark.parametrize("path", ["/login", "/nothing-here", "{static}/css/app.css"])
def test_every_answer_carries_the_security_headers(client: ConsoleClient, path: str) -> None:
    with client.get(path.format(static=client.application.static_url_path)) as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_content_security_policy_allows_nothing_inline_and_nothing_foreign(client: ConsoleClient) -> None:
    policy = client.get("/login").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert policy.count("http") == 1
    assert f"form-action 'self' {NOWHERE};" in policy, (
        "signing in with Microsoft is a form that leads to its login service"
    )


def test_only_https_promises_https(client: ConsoleClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/login").headers
    assert "max-age=" in client.get("/login", base_url=HTTPS).headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("base_url", "secure"),
    [("http://127.0.0.1:8000", False), ("http://localhost", False), (HTTPS, True), ("http://console.example", True)],
)
def test_the_cookie_is_secure_except_on_the_machine_itself(client: ConsoleClient, base_url: str, secure: bool) -> None:
    cookie = client.get("/login", base_url=base_url).headers["Set-Cookie"]
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_plain_http_from_afar_the_page_says_that_https_is_needed(client: ConsoleClient) -> None:
    assert "Signing in needs HTTPS" in client.get("/login", base_url="http://console.example").text
    assert "Signing in needs HTTPS" not in client.get("/login", base_url=HTTPS).text
    assert "Signing in needs HTTPS" not in client.get("/login").text


def test_signing_in_works_over_https(app: Flask) -> None:
    with app.app_context():
        user = make_user()
    client = app.test_client()
    page = client.get("/login", base_url=HTTPS).text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"email": user.email, "password": "a-password-for-tests-1", "csrf_token": token}
    client.sends_csrf = False  # type: ignore[attr-defined]  # a ConsoleClient; it would make a token for http
    response = client.post("/login", data=data, base_url=HTTPS, headers={"Referer": f"{HTTPS}/login"})
    assert response.status_code == 302


def test_a_page_is_not_kept_by_the_browser(client: ConsoleClient) -> None:
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    with client.get(f"{client.application.static_url_path}/css/app.css") as style:
        assert style.headers["Cache-Control"] != "no-store"


def test_a_body_that_is_too_large_is_refused(client: ConsoleClient) -> None:
    response = client.post("/login", data={"email": "a" * 3_000_000, "password": "b"})
    assert response.status_code == 413


def test_without_a_trusted_proxy_its_headers_count_for_nothing(client: ConsoleClient) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost"}
    page = client.get("/login", base_url="http://console.example", headers=headers)
    assert "Signing in needs HTTPS" in page.text


def test_behind_a_trusted_proxy_its_headers_count(proxied_client: ConsoleClient) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "console.example"}
    page = proxied_client.get("/login", base_url="http://10.0.0.4:8000", headers=headers)
    assert "Signing in needs HTTPS" not in page.text
    assert "Secure" in page.headers["Set-Cookie"]


def test_behind_one_trusted_proxy_only_what_that_one_adds_names_the_caller(proxied_client: ConsoleClient) -> None:
    with proxied_client:
        proxied_client.get("/login", headers={"X-Forwarded-For": "203.0.113.66, 192.0.2.7"})
        assert request.remote_addr == "192.0.2.7", "what stands before it came from the caller"
