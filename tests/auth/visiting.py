"""A browser that is led from the console to Microsoft's sign-in and back."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import Flask
from werkzeug.test import TestResponse

from ops_admin.access.people.choices import write_choice
from ops_admin.access.people.groups import Group
from ops_admin.access.queries import Tenant
from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.people import contoso_people
from tests.support.clients import ConsoleClient

ADA, HENK, NORA = contoso_people()
HELP_DESK = Group(contoso_group("Intune - Help Desk"), "Intune - Help Desk")
EVERYBODY = Group(contoso_group("All Employees"), "All Employees")
CALLBACK = "/login/microsoft/callback"


class Visitor:
    """One browser: its cookies at the console, and what it does at the simulated login service."""

    def __init__(self, app: Flask) -> None:
        client = app.test_client()
        assert isinstance(client, ConsoleClient)
        self.app = app
        self.client = client

    def begin(self, path: str = "/login/microsoft") -> str:
        """Press the button; returns the address at Microsoft."""
        response = self.client.post(path)
        assert response.status_code == 302, response.text
        return response.location

    def consent(self, address: str, person: str = ADA.id, **changes: str) -> dict[str, str]:
        """Choose who one is there; returns what the way back carries."""
        asked = {**dict(parse_qsl(urlsplit(address).query)), "person": person, **changes}
        answer = requests.get(address.partition("?")[0], params=asked, allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def come_back(self, answer: dict[str, str]) -> TestResponse:
        """Follow the way back."""
        return self.client.get(CALLBACK, query_string=answer)

    def sign_in(self, person: str = ADA.id, path: str = "/login/microsoft") -> TestResponse:
        """The whole way."""
        return self.come_back(self.consent(self.begin(path), person))

    def connect(self, tenant: Tenant, person: str = ADA.id) -> TestResponse:
        """The whole way to a token for searching the tenant's groups."""
        return self.sign_in(person, f"/tenants/{tenant.id}/access/microsoft/connect")

    def search(self, tenant: Tenant, text: str = "Intune", **fields: str) -> TestResponse:
        """Send the search, as htmx does."""
        address = f"/tenants/{tenant.id}/access/groups/search"
        return self.client.post(address, data={"q": text, **fields}, headers={"HX-Request": "true"})

    def grant(self, tenant: Tenant, group: Group, role: str = "operator") -> TestResponse:
        """Let a group that a search found grant a role."""
        with self.app.app_context():
            choice = write_choice(tenant.id, group)
        return self.client.post(f"/tenants/{tenant.id}/access/groups", data={"choice": choice, "role": role})

    def is_signed_in(self) -> bool:
        """Whether the console lets this browser in."""
        return self.client.get("/").status_code == 200

    def messages(self) -> str:
        """The page on which the console says what went wrong."""
        return self.client.get("/login").text

    def status(self, path: str) -> int:
        """The status of a page."""
        return self.client.get(path).status_code

    def forge(self, answer: dict[str, str], **changes: Any) -> dict[str, str]:
        """The way back with something changed."""
        return {**answer, **changes}
