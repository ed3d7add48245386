"""Applications that tests use in turn, because creating one takes longer than most tests."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, make_url

from ops_admin.auth.microsoft import storage as microsoft_storage
from ops_admin.config import Settings, make_private_folder
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey, limiter, socketio
from ops_admin.runs.web import capped_counts, kept_rows
from ops_admin.telemetry import metrics
from tests.support.network import poll_until

# Each is one object for the whole process, bound to the application that was created last.
_LIBRARIES: tuple[Any, ...] = (socketio, limiter, metrics.sockets_connected)

# What an application caches of its data; each is recreated by its function.
_MEMORIES: tuple[Callable[[Flask], None], ...] = (microsoft_storage.bind, capped_counts.bind, kept_rows.bind)


class SharedApplication:
    """One application, and the state of the libraries that belongs to it."""

    def __init__(self, app: Flask, give_up: Callable[[], object]) -> None:
        self._app = app
        self._give_up = give_up
        self._config = dict(app.config)
        self._libraries = [dict(vars(library)) for library in _LIBRARIES]
        with app.app_context():
            self._engines: list[Engine] = list(db.engines.values())

    def take(self, settings: Settings) -> Flask:
        """Return the application as if it had just been made with `settings`."""
        for library, state in zip(_LIBRARIES, self._libraries, strict=True):
            vars(library).clear()
            vars(library).update(state)
        limiter.reset()
        make_private_folder(settings.data_dir)
        self._configure(settings)
        for renew in _MEMORIES:
            renew(self._app)
        huey.serve(self._app, make_url(settings.database_url))
        return self._app

    def _configure(self, settings: Settings) -> None:
        self._app.config.clear()
        self._app.config.update(self._config | {"SETTINGS": settings})
        self._expected = self._state()

    def tidy(self) -> list[str]:
        """Close connections. Returns what a test has left. A doubtful application is not used again."""
        huey.storage.close()
        found = list(self._left())
        for engine in self._engines:
            engine.dispose()
        if found:
            self._give_up()
        return found

    def _left(self) -> Iterator[str]:
        before, now = self._expected, self._state()
        for name in sorted(before.keys() | now.keys()):
            if before.get(name) != now.get(name):
                yield f"{name} of the application: {before.get(name)!r} before, {now.get(name)!r} now"
        try:
            poll_until(self._is_idle, timeout=10)
        except AssertionError:
            yield "a connection in use: a session that nobody closed, or a thread that still runs"

    def _is_idle(self) -> bool:
        return not any(engine.pool.checkedout() for engine in self._engines)  # type: ignore[attr-defined]

    def _state(self) -> Mapping[str, object]:
        # Each test brings its own settings.
        return {
            **{f"{name} in the configuration": value for name, value in self._app.config.items() if name != "SETTINGS"},
            "routes": list(self._app.view_functions),
            "names in templates": list(self._app.jinja_env.globals),
        }


class SharedApplications:
    """The shared applications of this process, one for each combination of settings."""

    def __init__(self) -> None:
        self._known: dict[Settings, SharedApplication] = {}

    def get(self, settings: Settings, make: Callable[[Settings], Flask]) -> SharedApplication:
        """Return the application for `settings`, created by `make` if there is none. The data folder may differ."""
        kind = replace(settings, data_dir=Path())
        if kind not in self._known:
            self._known[kind] = SharedApplication(make(settings), lambda: self._known.pop(kind, None))
        return self._known[kind]
