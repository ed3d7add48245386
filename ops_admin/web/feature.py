"""WEB for `app.py`: what all requests and pages share."""

from flask import Flask

from ops_admin.features import Feature
from ops_admin.web import errors, request_limits, security_headers, static_files, templating


def _bind(app: Flask) -> None:
    # Called before any route is added.
    request_limits.bind(app)
    static_files.bind(app)
    templating.bind(app)
    security_headers.bind(app)
    errors.bind(app)


FEATURE = Feature("web", setup=_bind)
