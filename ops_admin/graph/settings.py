"""Settings of the Graph client: addresses, credentials and limits."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate and its private key, both as PEM, with which the app signs its token requests."""

    private_key: str = field(repr=False)
    certificate: str = field(repr=False)


@dataclass(frozen=True)
class TrafficLimits:
    """How much may be asked of a tenant; see `traffic`. Times in seconds.

    `requests` and `writes` are what Intune allows one app in one tenant in `seconds` (a tenant has twice as much for
    all apps). With `paced_from_start` that is kept to even before Graph has refused a request. `longest_pause` is the
    longest `Retry-After` for which requests wait that were not refused themselves.
    """

    most_at_once: int = 8
    requests: int = 1000
    writes: int = 100
    seconds: float = 20.0
    paced_from_start: bool = False
    longest_pause: float = 60.0


@dataclass(frozen=True)
class GraphSettings:
    """The origins of Graph and of the login service, without a version path, and the app's credentials (R75).

    Secret and certificate are not part of `repr`, which ends up in logs and tracebacks (R39).
    """

    graph_url: str
    login_url: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    certificate: ClientCertificate | None = field(default=None, repr=False)
    traffic: TrafficLimits = TrafficLimits()

    @property
    def is_complete(self) -> bool:
        """Whether there is an application to act as, and something that proves it."""
        return bool(self.client_id and self.client_credential)

    @property
    def client_credential(self) -> str | dict[str, str] | None:
        """The credential in the form that msal takes; it computes the SHA-256 thumbprint itself."""
        if self.certificate is None:
            return self.client_secret or None
        return {"private_key": self.certificate.private_key, "public_certificate": self.certificate.certificate}


@dataclass(frozen=True)
class Limits:
    """The limits of the client; sizes in bytes, times in seconds."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_attempts: int = 8
    max_seconds: float = 180.0
    """For one call including its waits; a longer `Retry-After` is not waited for."""
    first_backoff: float = 1.0
    max_backoff: float = 30.0
    attempts_after_giving_up: int = 2
    seconds_after_giving_up: float = 30.0
    """Applies after a call gave up, until one succeeds again; see `Patience`."""
    max_body: int = 64 * 1024 * 1024
    max_pages: int = 10_000
    max_empty_pages: int = 50
    """In a row. Graph sometimes sends a few empty pages with a next link."""


DEFAULT_LIMITS = Limits()

_DEFAULT_PORTS = {"https": 443, "http": 80}


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port; raises ValueError when `url` is not a plain http(s) URL.

    URLs with user information are refused: parsers disagree about their host.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not a plain http(s) address")
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]
