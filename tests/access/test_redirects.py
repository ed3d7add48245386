"""After signing in, the browser goes to a page of this console or to the dashboard (R38)."""

import pytest

from ops_admin.access.redirects import is_local_path, local_or_home, path_of

LEAVES_THE_SITE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/operations",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x00/operations",
    " //evil.example",
    "/operations\r\nSet-Cookie: a=b",
    "/operations\r\nLocation:x",
    "/operations\x00",
    "operations",
    "",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("target", LEAVES_THE_SITE)
def test_a_target_that_could_leave_the_site_becomes_the_dashboard(target: str) -> None:
    assert local_or_home(target) == "/"


@pytest.mark.parametrize("target", ["/", "/operations/7", "/operations?status=running&q=a%20b", "/tenants/1/policies"])
def test_a_path_of_the_site_stays(target: str) -> None:
    assert local_or_home(target) == target


def test_no_target_is_the_dashboard() -> None:
    assert local_or_home(None) == "/"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://console.example/operations?page=2#row", "/operations?page=2"),
        ("https://console.example", None),
        (None, None),
    ],
)
def test_the_path_of_a_full_address(url: str | None, path: str | None) -> None:
    assert path_of(url) == path


def test_a_full_address_with_a_doubled_slash_is_no_local_path() -> None:
    assert not is_local_path(path_of("https://console.example//evil.example") or "")
