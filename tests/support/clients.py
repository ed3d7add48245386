"""A test client that behaves like a browser which has loaded the page with the form."""

from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from ops_admin.infra.database import db
from tests.support.environment import DEMO_PASSWORD

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ConsoleClient(FlaskClient):
    """Adds a valid CSRF token to every unsafe request; `sends_csrf = False` makes it a forged one."""

    sends_csrf = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; reads of the test's own session afterwards see what the request wrote."""
        if self.sends_csrf and kwargs.get("method", "GET") not in SAFE_METHODS:
            kwargs["headers"] = {"X-CSRFToken": self._csrf_token(), **dict(kwargs.get("headers") or {})}
        # A context of its own, as in a server: what a request keeps in `g` must not outlive it in the test's.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if has_app_context():
            db.session.rollback()  # a read snapshot of before the request would hide what it did
        return response

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> TestResponse:
        """Sign in through the login form; fails unless the console lets the user in."""
        response = self.post("/login", data={"email": email, "password": password})
        assert response.status_code == 302, f"{email} could not sign in: {response.text}"
        return response

    def get_json(self, path: str) -> Any:
        """The body of a GET that asks for JSON and is answered with 200."""
        response = self.get(path, headers={"Accept": "application/json"})
        assert response.status_code == 200, f"{path} answered {response.status}"
        return response.get_json()

    def _csrf_token(self) -> str:
        """Make the token as Flask-WTF does for a form, and keep its secret in this client's session."""
        fresh = self.application.app_context()
        with fresh, self.application.test_request_context(), self.session_transaction() as session:
            from flask import session as form_session

            if "csrf_token" in session:
                form_session["csrf_token"] = session["csrf_token"]
            token: str = generate_csrf()
            session["csrf_token"] = form_session["csrf_token"]
        return token
