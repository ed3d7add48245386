"""A browser that goes from the console to Microsoft's sign-in and back."""

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
    """One browser: its cookies at the console, and its actions at the simulated login service."""

    def __init__(self, app: Flask) -> None:
        client = app.test_client()
        assert isinstance(client, ConsoleClient)
        self.app = app
        self.client = client

    def begin(self, path: str = "/login/microsoft") -> str:
        """Press the button; returns the URL at Microsoft."""
        response = self.client.post(path)
        assert response.status_code == 302, response.text
        return response.location

    def consent(self, address: str, person: str = ADA.id, **changes: str) -> dict[str, str]:
        """Sign in as `person` there; returns the parameters of the callback."""
        asked = {**dict(parse_qsl(urlsplit(address).query)), "person": person, **changes}
        answer = requests.get(address.partition("?")[0], params=asked, allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def come_back(self, answer: dict[str, str]) -> TestResponse:
        """Follow the callback."""
        return self.client.get(CALLBACK, query_string=answer)

    def sign_in(self, person: str = ADA.id, path: str = "/login/microsoft") -> TestResponse:
        """Do all steps of a sign-in."""
        return self.come_back(self.consent(self.begin(path), person))

    def connect(self, tenant: Tenant, person: str = ADA.id) -> TestResponse:
        """Do all steps to a token for searching the tenant's groups."""
        return self.sign_in(person, f"/tenants/{tenant.id}/access/microsoft/connect")

    def search(self, tenant: Tenant, text: str = "Intune", **fields: str) -> TestResponse:
        """Send the search like htmx does."""
        address = f"/tenants/{tenant.id}/access/groups/search"
        return self.client.post(address, data={"q": text, **fields}, headers={"HX-Request": "true"})

    def grant(self, tenant: Tenant, group: Group, role: str = "operator") -> TestResponse:
        """Grant a role to a group that a search found."""
        with self.app.app_context():
            choice = write_choice(tenant.id, group)
        return self.client.post(f"/tenants/{tenant.id}/access/groups", data={"choice": choice, "role": role})

    def is_signed_in(self) -> bool:
        """Whether this browser is signed in to the console."""
        return self.client.get("/").status_code == 200

    def messages(self) -> str:
        """Return the page with the console's messages."""
        return self.client.get("/login").text

    def status(self, path: str) -> int:
        """Return the status of a page."""
        return self.client.get(path).status_code

    def forge(self, answer: dict[str, str], **changes: Any) -> dict[str, str]:
        """Return the parameters of the callback with changes."""
        return {**answer, **changes}
