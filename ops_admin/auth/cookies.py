"""When a cookie may be sent without TLS: only to a loopback host (R38)."""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Request, request
from flask.sessions import SecureCookieSessionInterface


class ConsoleSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, with Secure unless the request came over plain HTTP to a loopback host."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send the cookie over TLS only."""
        return request.is_secure or not is_loopback(request.host)


def needs_https(asked: Request) -> bool:
    """Whether sign-in cannot work here, because browsers drop Secure cookies that come over plain HTTP."""
    return not asked.is_secure and not is_loopback(asked.host)


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
