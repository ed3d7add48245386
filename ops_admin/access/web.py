"""Binds everything about access to the Flask application; `app.py` calls this and nothing else of it."""

from flask import Flask

from ops_admin.access import guards, navigation
from ops_admin.access.people.views import blueprint as people
from ops_admin.auth import sessions, throttling
from ops_admin.auth.views import blueprint
from ops_admin.config import Settings
from ops_admin.web import errors, request_limits, security_headers


def init_app(app: Flask, settings: Settings) -> None:
    """Sign-in, guards, hygiene, error pages and the frame around pages."""
    request_limits.init_app(app)
    security_headers.init_app(app, settings)
    throttling.init_app(app, settings)
    sessions.init_app(app)
    guards.init_app(app)
    navigation.init_app(app)
    errors.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(people)
