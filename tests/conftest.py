"""Loads the fixtures; what they do stands in `tests/support`, one module a subject."""

# Each after those that it imports.
pytest_plugins = [
    "tests.support.reports",
    "tests.support.quick",
    "tests.support.leftovers",
    "tests.support.engines",
    "tests.support.application",
    "tests.support.databases",
    "tests.support.processes",
    "tests.support.simulators",
    "tests.support.browser",
    "tests.support.installing",
    "tests.support.sockets",
]
