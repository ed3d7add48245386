"""A test client that behaves like a browser that has loaded the page with the form."""

from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from ops_admin.infra.database import db
from tests.support.environment import DEMO_PASSWORD

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ConsoleClient(FlaskClient):
    """Adds a valid CSRF token to every unsafe request. `sends_csrf = False` turns requests into forgeries."""

    sends_csrf = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request. Reads in the test's own session afterwards see what the request wrote."""
        if self.sends_csrf and kwargs.get("method", "GET") not in SAFE_METHODS:
            kwargs["headers"] = {"X-CSRFToken": self._csrf_token(), **dict(kwargs.get("headers") or {})}
        # Its own context, as in a server: what a request keeps in `g` must not outlive it in the test's context.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if has_app_context():
            db.session.rollback()  # a read snapshot from before the request would hide its writes
        return response

    def sign_in(self, email: str, password: str = DEMO_PASSWORD) -> TestResponse:
        """Sign in through the login form. Fails unless the console accepts the user."""
        response = self.post("/login", data={"email": email, "password": password})
        assert response.status_code == 302, f"{email} could not sign in: {response.text}"
        return response

    def get_json(self, path: str) -> Any:
        """The JSON body of a GET, which must be answered with 200."""
        response = self.get(path, headers={"Accept": "application/json"})
        assert response.status_code == 200, f"{path} answered {response.status}"
        return response.get_json()

    def _csrf_token(self) -> str:
        """Create the token as Flask-WTF does for a form, and keep its secret in this client's session."""
        fresh = self.application.app_context()
        with fresh, self.application.test_request_context(), self.session_transaction() as session:
            from flask import session as form_session

            if "csrf_token" in session:
                form_session["csrf_token"] = session["csrf_token"]
            token: str = generate_csrf()
            session["csrf_token"] = form_session["csrf_token"]
        return token
