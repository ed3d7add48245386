"""When a cookie may travel without TLS: only to the machine itself (R38)."""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Request, request
from flask.sessions import SecureCookieSessionInterface


class ConsoleSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure unless the request came over plain HTTP to a loopback host."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send the cookie back over TLS only."""
        return request.is_secure or not is_loopback(request.host)


def needs_https(asked: Request) -> bool:
    """Whether signing in cannot work here: the browser drops a Secure cookie that came over plain HTTP."""
    return not asked.is_secure and not is_loopback(asked.host)


def is_loopback(host: str) -> bool:
    """Whether a Host header names the machine itself."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
