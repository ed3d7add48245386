"""Sends HTTP requests to one host, with limits on time and size. Redirects and other hosts are refused."""

import ipaddress
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import Any, NoReturn

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError

from ops_admin.graph.errors import TIMEOUT, UNAVAILABLE, UNEXPECTED_RESPONSE, GraphError, Repeat
from ops_admin.graph.settings import Limits, origin_of

JSONObject = dict[str, Any]

USER_AGENT = f"ops_admin/{version('ops_admin')}"
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """A response with any status. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> JSONObject:
        """Return the body, which must be a JSON object; raises graph.unexpected_response."""
        value = self.find_json()
        if not isinstance(value, dict):
            raise GraphError(UNEXPECTED_RESPONSE, status=self.status)
        return value

    def find_json(self) -> object | None:
        """Return the body's JSON value, or None when it is not JSON (NaN and infinities are not)."""
        try:
            value: object = _DECODER.decode(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        return value


class Transport:
    """A keep-alive connection to one origin. Not thread-safe."""

    def __init__(self, origin_url: str, limits: Limits) -> None:
        self._origin = origin_of(origin_url)
        self._limits = limits
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # A simulated tenant runs on this machine and cannot be reached through a proxy from the environment.
        self._session.trust_env = not _is_loopback(self._origin[1])

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        token: str | None = None,
    ) -> Answer:
        """Send one request and read the whole response.

        Raises GraphError: graph.timeout, graph.unavailable, or graph.unexpected_response for a redirect,
        a URL of another host, or a response that is cut off or too large.
        """
        if origin_of(url) != self._origin:
            raise GraphError(UNEXPECTED_RESPONSE)
        with _failures_translated(), self._open(method, url, headers, body, token) as response:
            if 300 <= response.status_code < 400:
                raise GraphError(UNEXPECTED_RESPONSE, status=response.status_code)
            answer_headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, answer_headers, self._read(response))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str | None
    ) -> requests.Response:
        return self._session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            auth=_Bearer(token, self._origin) if token else _NoCredentials(),
            timeout=(self._limits.connect_timeout, self._limits.read_timeout),
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response) -> bytes:
        """Read in chunks, so that a huge or very slow response is given up early."""
        deadline = time.monotonic() + self._limits.max_seconds
        body = bytearray()
        # iter_content would block until a chunk is full.
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_body:
                raise GraphError(UNEXPECTED_RESPONSE, status=response.status_code)
            if time.monotonic() > deadline:
                raise GraphError(TIMEOUT, status=response.status_code, repeat=Repeat.IF_IDEMPOTENT)
        return bytes(body)


class _NoCredentials(AuthBase):
    """Keeps requests from looking for credentials in a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Bearer(_NoCredentials):
    """Adds the token to a request; refuses any other host (R39)."""

    def __init__(self, token: str, origin: tuple[str, str, int]) -> None:
        self._token = token
        self._origin = origin

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if origin_of(request.url or "") != self._origin:
            raise GraphError(UNEXPECTED_RESPONSE)
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@contextmanager
def _failures_translated() -> Iterator[None]:
    try:
        yield
    except requests.RequestException as failure:
        raise _error_of(failure) from failure
    except ReadTimeoutError as failure:
        raise GraphError(TIMEOUT, repeat=Repeat.IF_IDEMPOTENT) from failure
    except ProtocolError as failure:  # the response was cut off
        raise GraphError(UNEXPECTED_RESPONSE, repeat=Repeat.IF_IDEMPOTENT) from failure
    except HTTPError as failure:
        raise GraphError(UNEXPECTED_RESPONSE) from failure


def _error_of(failure: requests.RequestException) -> GraphError:
    """Translate a network failure. `repeat` says whether the request may already have been carried out."""
    cause = getattr(failure.args[0], "reason", failure.args[0]) if failure.args else None
    if isinstance(failure, requests.ConnectTimeout):
        return GraphError(TIMEOUT, repeat=Repeat.ALWAYS)
    if isinstance(failure, requests.Timeout):
        return GraphError(TIMEOUT, repeat=Repeat.IF_IDEMPOTENT)
    if isinstance(cause, NewConnectionError):
        return GraphError(UNAVAILABLE, repeat=Repeat.ALWAYS)
    if isinstance(failure, requests.ConnectionError):
        return GraphError(UNAVAILABLE, repeat=Repeat.IF_IDEMPOTENT)
    return GraphError(UNEXPECTED_RESPONSE)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("the number is out of range")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
