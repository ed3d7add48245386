"""The Microsoft Graph client; every run has one of its own for its tenant (R39, R21)."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Self

from ops_admin.graph.addresses import BETA, relative_url
from ops_admin.graph.batches import BatchRequest, BatchResponse, may_repeat_inner, refusals, run_batches
from ops_admin.graph.calls import Caller
from ops_admin.graph.errors import GraphError
from ops_admin.graph.gathering import gather
from ops_admin.graph.paging import Chain, follow, rebase
from ops_admin.graph.retries import OnThrottle, Patience, Wait
from ops_admin.graph.settings import DEFAULT_LIMITS, GraphSettings, Limits
from ops_admin.graph.tokens import TokenSource, app_tokens
from ops_admin.graph.traffic import Load, Traffic, load_of_batch, traffic_of
from ops_admin.graph.transport import JSONObject, Transport
from ops_admin.infra.vault import Vault

_JSON = {"Content-Type": "application/json"}


class GraphClient:
    """Talks to one tenant, from one thread (see `beside`). A call that Graph does not carry out raises GraphError.

    `wait` sleeps for a number of seconds and may raise to stop the run; the client always waits with it (R44).
    `on_throttle` is called before each wait. Set `interactive` when a person waits for the answer: Graph then
    throttles this client last. Without `tokens` the client uses the app's own. Secrets in what is read are sealed in
    `vault`; without one they cannot be opened by anybody else. `secrets_refused` is set when Graph refuses to tell
    plain values, so that it is not asked again.
    """

    def __init__(
        self,
        settings: GraphSettings,
        tenant_external_id: str,
        *,
        tokens: TokenSource | None = None,
        wait: Wait = time.sleep,
        on_throttle: OnThrottle | None = None,
        limits: Limits = DEFAULT_LIMITS,
        interactive: bool = False,
        vault: Vault | None = None,
    ) -> None:
        self.vault = vault or Vault(secrets.token_urlsafe())
        self.secrets_refused = threading.Event()
        self._origin = settings.graph_url.rstrip("/")
        self._settings = settings
        self._limits = limits
        self._headers = {"x-ms-throttle-priority": "high"} if interactive else {}
        self._tokens = tokens or app_tokens(settings, tenant_external_id)
        # A person does not wait until a sync has had its turn.
        self._traffic = Traffic(settings.traffic) if interactive else traffic_of(settings, tenant_external_id)
        self._patience, self._inner_patience = Patience(limits), Patience(limits)
        self._open(wait, on_throttle)

    def _open(self, wait: Wait, on_throttle: OnThrottle | None, before: Callable[[], None] = lambda: None) -> None:
        self._transport = Transport(self._settings.graph_url, self._limits)
        self._caller = Caller(
            self._transport,
            self._tokens,
            wait=wait,
            on_throttle=on_throttle,
            limits=self._limits,
            traffic=self._traffic,
            patience=self._patience,
            before=before,
        )

    def beside(
        self, *, wait: Wait, on_throttle: OnThrottle | None = None, before: Callable[[], None] = lambda: None
    ) -> "GraphClient":
        """Return a client of the same tenant for another thread.

        It has connections and waits of its own, and shares tokens, limits, patience and what was refused. `before` is
        called before every request, and may raise.
        """
        other = copy(self)
        other._open(wait, on_throttle, before)
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def most_at_once(self) -> int:
        """How many threads may be of use."""
        return self._settings.traffic.most_at_once

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def address(self, path: str, *, version: str = BETA) -> str:
        """Return the absolute URL of an object, as request bodies refer to it (`…@odata.bind`)."""
        return self._url(version, path)

    def get(
        self,
        path: str,
        *,
        version: str = BETA,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> JSONObject:
        """Return the JSON object at a path such as `deviceManagement/intents`."""
        return self._get(self._url(version, path, params), headers)

    def post(
        self,
        path: str,
        body: object,
        *,
        version: str = BETA,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
    ) -> JSONObject:
        """Create an object or call an action; returns {} when the response has no body.

        When it is unknown whether the request was carried out, it is sent again only if it is `idempotent`.
        """
        return self._write("POST", self._url(version, path), body, headers, idempotent=idempotent)

    def patch(self, path: str, body: object, *, version: str = BETA) -> JSONObject:
        """Set some properties; returns {} when the response has no body.

        Retried like a PUT: in Graph a PATCH is idempotent.
        """
        return self._write("PATCH", self._url(version, path), body)

    def put(self, path: str, body: object, *, version: str = BETA) -> JSONObject:
        """Replace the object; returns {} when the response has no body."""
        return self._write("PUT", self._url(version, path), body)

    def delete(self, path: str, *, version: str = BETA) -> None:
        """Delete the object. A retry may fail with graph.not_found because the first attempt deleted it."""
        self._caller.call("DELETE", self._url(version, path), headers=self._headers, idempotent=True)

    def pages(
        self,
        path: str,
        *,
        version: str = BETA,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[list[JSONObject]]:
        """Yield a collection page by page; a page may be empty. `headers` are sent for every page."""
        first = self.get(path, version=version, params=params, headers=headers)
        yield from self.follow(first, headers=headers)

    def get_linked(self, link: object, *, headers: Mapping[str, str] | None = None) -> JSONObject:
        """Return the page that a stored next link points to; raises graph.unexpected_response for another host."""
        return self._get(rebase(link, self._origin), headers)

    def follow(self, first: JSONObject, *, headers: Mapping[str, str] | None = None) -> Iterator[list[JSONObject]]:
        """Yield the rows of this page and of all pages after it; see `paging.follow` for the errors."""
        return follow(first, lambda url: self._get(url, headers), origin_url=self._origin, limits=self._limits)

    def follow_all(
        self, firsts: Sequence[JSONObject | GraphError], *, version: str = BETA
    ) -> list[list[JSONObject] | GraphError]:
        """Return for each of these pages its rows and those of all pages after it, or why they could not be read.

        The pages that are missing are fetched together with `$batch`. Raises GraphError when a whole batch fails.
        """

        def fetch(urls: Sequence[str]) -> Iterator[BatchResponse]:
            paths = (url.removeprefix(self._url(version, "")) for url in urls)
            return self.batch((BatchRequest(str(number), path) for number, path in enumerate(paths)), version=version)

        return gather(firsts, fetch, lambda: Chain(self._origin, self._limits))

    def items(
        self,
        path: str,
        *,
        version: str = BETA,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[JSONObject]:
        """Yield the objects of a collection one by one, from all pages."""
        for page in self.pages(path, version=version, params=params, headers=headers):
            yield from page

    def batch(self, requests: Iterable[BatchRequest], *, version: str = BETA) -> Iterator[BatchResponse]:
        """Send requests twenty at a time and yield their responses in the same order; see `batches`."""
        url = self._url(version, "$batch")

        def send(wire: list[JSONObject]) -> JSONObject:
            load, began = load_of_batch(wire), time.monotonic()
            answer = self._write("POST", url, {"requests": wire}, idempotent=not load.writes, load=load)
            if refused := refusals(answer):
                self._traffic.slow_down(load, began, max(refused))
            return answer

        def persist(attempt: Callable[[], None]) -> None:
            self._caller.persist(attempt, may_repeat=may_repeat_inner, patience=self._inner_patience)

        return run_batches(requests, send, persist)

    def _get(self, url: str, headers: Mapping[str, str] | None) -> JSONObject:
        sent = {**self._headers, **(headers or {})}
        return self._caller.call("GET", url, headers=sent, idempotent=True).json_object()

    def _write(
        self,
        method: str,
        url: str,
        body: object,
        headers: Mapping[str, str] | None = None,
        *,
        idempotent: bool = True,
        load: Load | None = None,
    ) -> JSONObject:
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        sent = {**self._headers, **_JSON, **(headers or {})}
        answer = self._caller.call(method, url, headers=sent, body=content, idempotent=idempotent, load=load)
        return answer.json_object() if answer.body.strip() else {}

    def _url(self, version: str, path: str, params: Mapping[str, str] | None = None) -> str:
        return f"{self._origin}/{version}{relative_url(path, params)}"
