"""The simulated service on a free port, and a client that asks it as a console would."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from ops_admin.simulator.app import create_simulator
from ops_admin.simulator.demo import CONTOSO
from ops_admin.simulator.server import make_server

SCOPE = "https://graph.microsoft.com/.default"
SECONDS = 20


class Service:
    """Requests to one running simulator, as an application of one tenant."""

    def __init__(self, origin: str, tenant: str = CONTOSO, client_id: str = "console") -> None:
        self.origin = origin
        self.tenant = tenant
        self.client_id = client_id
        self.http = requests.Session()
        self._token: str | None = None

    def as_tenant(self, tenant: str, client_id: str = "console") -> "Service":
        """The same service asked by another tenant's application."""
        return Service(self.origin, tenant, client_id)

    def ask_token(self, **changes: str) -> requests.Response:
        """A token request; `changes` replace or add form fields, an empty text leaves one out."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": "s", "scope": SCOPE}
        fields = {name: value for name, value in {**form, **changes}.items() if value}
        return self.http.post(f"{self.origin}/{self.tenant}/oauth2/v2.0/token", data=fields, timeout=SECONDS)

    @property
    def token(self) -> str:
        """A token, asked for once."""
        if self._token is None:
            self._token = str(self.ask_token().json()["access_token"])
        return self._token

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        """A Graph request; a relative `url` begins after `/beta`."""
        if not url.startswith("http"):
            url = self.origin + (url if url.startswith(("/beta", "/v1.0")) else f"/beta{url}")
        headers = options.pop("headers", {})
        if "Authorization" not in headers:
            headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.http.request(method, url, headers=headers, timeout=SECONDS, **options)

    def get(self, url: str, **headers: str) -> requests.Response:
        """A GET."""
        return self.send("GET", url, headers=headers)

    def rows(self, url: str) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        return [row for page in self.pages(url) for row in page["value"]]

    def pages(self, url: str, **headers: str) -> Iterator[dict[str, Any]]:
        """The pages of a list."""
        next_url: str | None = url
        while next_url:
            page = self.get(next_url, **headers).json()
            yield page
            next_url = page.get("@odata.nextLink")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control request; fails when it is refused."""
        answer = self.http.request(method, f"{self.origin}/_sim{path}", json=body, timeout=SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, effect: str, path: str | None = None, **fields: Any) -> dict[str, Any]:
        """Set a fault rule."""
        rule: dict[str, Any] = self.control("POST", "/faults", {"effect": effect, "path": path, **fields})
        return rule

    def batch(self, *inner: dict[str, Any], **headers: str) -> requests.Response:
        """A `$batch` of these requests."""
        return self.send("POST", "/$batch", json={"requests": list(inner)}, headers=headers)


@contextmanager
def running_service(corpus: Path | None = None) -> Iterator[Service]:
    """A simulator that serves from a thread until the block ends."""
    server = make_server(create_simulator(corpus=corpus))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Service(f"http://127.0.0.1:{server.port}")
    finally:
        server.shutdown()
        thread.join()


def nested(answer: requests.Response) -> dict[str, Any]:
    """The JSON that Intune hides inside an error's message."""
    hidden: dict[str, Any] = json.loads(answer.json()["error"]["message"])
    return hidden
