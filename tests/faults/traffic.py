"""People at work: they start, stop and repeat operations over HTTP while processes are being killed."""

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.environment import DEMO_PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
# How a browser experiences a web process that was killed or has not started yet.
_GONE = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
TENANTS = (1, 2)


class Gone(Exception):
    """The web process died or is not there. Whether it carried out the request is unknown."""


@dataclass
class Person:
    """One signed-in browser that uses whichever web process answers."""

    urls: list[str]
    email: str
    chance: random.Random
    accepted: list[int] = field(default_factory=list)
    unavailable: int = 0
    faults: list[str] = field(default_factory=list)
    _session: requests.Session = field(default_factory=requests.Session)
    _token: str = ""

    def sign_in(self) -> "Person":
        """Sign in once. The sign-in is a row in the database and outlives every process."""
        url = self.urls[0]
        form = {"email": self.email, "password": DEMO_PASSWORD, "csrf_token": self._read_token(url)}
        answer = self._session.post(f"{url}/login", form, headers={"Referer": url}, timeout=30, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        self._token = self._read_token(url)
        return self

    def post(self, path: str, body: Any = None) -> int | None:
        """Start something. Returns the run's id, or None if refused. Raises Gone."""
        answer = self.send("POST", path, body)
        if answer.status_code not in (200, 202):
            return None
        run_id: int | None = answer.json().get("run_id")
        if run_id is not None:
            self.accepted.append(run_id)
        return run_id

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request to one of the web processes. Raises Gone. A 500 is recorded as a fault."""
        url = self.chance.choice(self.urls)
        headers = {"Accept": "application/json", "X-CSRFToken": self._token, "Referer": url}
        try:
            answer = self._session.request(
                method, f"{url}{path}", json=body or {}, headers=headers, timeout=40, allow_redirects=False
            )
        except _GONE as error:
            raise Gone from error
        self.unavailable += answer.status_code == 503
        if answer.status_code == 500:
            self.faults.append(f"{method} {path}: {answer.text[:300]}")
        return answer

    def insist(self, path: str, body: Any = None, *, until: float) -> int | None:
        """Start something, retrying while nobody answers. None if it was refused or `until` has passed."""
        while time.monotonic() < until:
            try:
                return self.post(path, body)
            except Gone:
                time.sleep(0.2)
        return None

    def _read_token(self, url: str) -> str:
        found = _TOKEN.search(self._session.get(f"{url}/login", timeout=30).text)
        assert found is not None, "the page has no form"
        return found[1]


def do_anything(person: Person) -> None:
    """One click of a busy person."""
    tenant = person.chance.choice(TENANTS)
    at = f"/tenants/{tenant}"
    clicks: list[Callable[[], object]] = [
        lambda: person.post(f"{at}/inventory/sync", {"types": person.chance.sample(SOME_TYPES, 2)}),
        lambda: person.post(f"{at}/directory/sync"),
        lambda: person.post(f"{at}/backups", {"types": [person.chance.choice(SOME_TYPES)]}),
        lambda: person.post(f"{at}/assignments/fetch", {"policy_ids": [person.chance.randint(1, 60)]}),
        lambda: person.post(f"{at}/review-packs"),
        lambda: person.post("/operations/housekeeping/1"),
        lambda: _stop_or_repeat(person, "stop"),
        lambda: _stop_or_repeat(person, "start-again"),
        lambda: person.send("GET", "/operations"),
        lambda: person.send("GET", "/operations/active"),
    ]
    weights = (4, 3, 3, 3, 2, 1, 2, 2, 2, 2)
    person.chance.choices(clicks, weights)[0]()


SOME_TYPES = ["deviceConfigurations", "deviceCompliancePolicies", "configurationPolicies", "intents"]


def _stop_or_repeat(person: Person, what: str) -> None:
    if person.accepted:
        person.post(f"/operations/{person.chance.choice(person.accepted[-20:])}/{what}")


class Crowd:
    """Several people at work, each in their own thread, until they are stopped."""

    def __init__(self, people: list[Person], pause: float = 0.3) -> None:
        self.people = people
        self._pause = pause
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(each,), daemon=True) for each in people]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def accepted(self) -> set[int]:
        """The runs whose start was confirmed to somebody."""
        return {run_id for person in self.people for run_id in person.accepted}

    def faults(self) -> list[str]:
        """The answers that nobody should ever get."""
        return [fault for person in self.people for fault in person.faults]

    def _work(self, person: Person) -> None:
        while not self._over.wait(person.chance.uniform(0, 2 * self._pause)):
            try:
                do_anything(person)
            except Gone:
                continue
