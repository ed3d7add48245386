"""Binds everything about access to the Flask application; `app.py` calls this and nothing else of it."""

from flask import Flask

from ops_admin.access import error_pages, guards, hygiene, incoming, navigation, sessions, throttling
from ops_admin.access.people.views import blueprint as people
from ops_admin.access.views import blueprint
from ops_admin.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Sign-in, guards, hygiene, error pages and the frame around pages."""
    incoming.init_app(app)
    hygiene.init_app(app, settings)
    throttling.init_app(app, settings)
    sessions.init_app(app)
    guards.init_app(app)
    navigation.init_app(app)
    error_pages.init_app(app)
    app.register_blueprint(blueprint)
    app.register_blueprint(people)
