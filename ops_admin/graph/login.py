"""An HTTP client for msal that reaches the login service through our own transport."""

import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import requests

from ops_admin.graph.errors import GraphError, Repeat, code_of_status
from ops_admin.graph.retries import Wait, may_repeat_idempotent, parse_retry_after, retrying
from ops_admin.graph.settings import Limits
from ops_admin.graph.transport import Answer, Transport


def authority_of(login_url: str, directory: str) -> str:
    """Return msal's authority URL for a directory. msal requires https://, see LoginClient."""
    return f"https://{urlsplit(login_url).netloc}/{directory}"


class LoginResponse:
    """A response with the attributes that msal expects."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = answer.headers
        self.text = answer.body.decode("utf-8", "replace")

    def raise_for_status(self) -> None:
        """Raise requests.HTTPError for a status of 400 or above, as msal expects."""
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


class LoginClient:
    """The HTTP client that msal uses: reaches only the configured login host, with our limits and retries.

    msal refuses http:// authorities, so this client replaces scheme and host of each URL by the configured ones.
    """

    def __init__(self, login_url: str, limits: Limits) -> None:
        self._url = urlsplit(login_url)
        self._limits = limits
        self._transport = Transport(login_url, limits)
        self.wait: Wait = time.sleep

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> LoginResponse:
        """Send a GET; raises GraphError without a usable response."""
        query = f"?{urlencode(params)}" if params else ""
        return self._send("GET", url + query, headers or {}, None)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> LoginResponse:
        """Send a form; raises GraphError without a usable response."""
        query = f"?{urlencode(params)}" if params else ""
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", url + query, form, urlencode(data or {}).encode())

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> LoginResponse:
        # Whatever host a discovery document names, our secret goes only to the configured one.
        address = urlsplit(url)._replace(scheme=self._url.scheme, netloc=self._url.netloc).geturl()
        attempts = retrying(self._limits, wait=self.wait, may_repeat=may_repeat_idempotent)
        return LoginResponse(attempts(self._attempt, method, address, headers, body))

    def _attempt(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = self._transport.send(method, url, headers=headers, body=body)
        if answer.status == 429 or answer.status >= 500:
            raise GraphError(
                code_of_status(answer.status),
                status=answer.status,
                retry_after=parse_retry_after(answer.headers),
                repeat=Repeat.ALWAYS,
            )
        if answer.status < 300:
            answer.json_object()
        return answer
