"""Loads the fixtures; what they do stands in `tests/support`, one module a subject."""

pytest_plugins = [
    "tests.support.reports",
    "tests.support.engines",
    "tests.support.databases",
    "tests.support.application",
    "tests.support.processes",
    "tests.support.browser",
    "tests.support.installing",
    "tests.support.sockets",
]
