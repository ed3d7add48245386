"""Cookies are sent without TLS only to a loopback host (R38)."""

import pytest

from ops_admin.auth.cookies import is_loopback


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "127.8.0.1", "[::1]:8000"])
def test_loopback_hosts_are_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["console.example", "10.0.0.4:8000", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1", "169.254.0.1"],
)
def test_any_other_host_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
