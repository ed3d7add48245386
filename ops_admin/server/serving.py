"""Starts the processes: everything in one, or web and worker separately; called by the command line."""

import logging
import socket
from collections.abc import Callable
from functools import partial

from flask_migrate import upgrade

from ops_admin.app import create_app
from ops_admin.auth.seeds import SeedReport, seed_demo
from ops_admin.config import Settings
from ops_admin.health.checks import NotMigrated, check_migrated
from ops_admin.infra.database import db
from ops_admin.server.demo import with_simulated_tenant
from ops_admin.server.web import WebServer
from ops_admin.server.worker import run_worker as consume

log = logging.getLogger(__name__)

__all__ = ["NotMigrated", "run_worker", "serve_demo", "serve_embedded", "serve_web"]


def serve_embedded(settings: Settings, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve pages and sockets and do the work in one process; raises NotMigrated."""
    _check(settings)
    WebServer(partial(create_app, settings), listener, consume=True, on_ready=on_ready).run()


def serve_demo(settings: Settings, listener: socket.socket, on_ready: Callable[[SeedReport], None]) -> None:
    """Serve a migrated, seeded database with a simulated tenant; raises SimulatorFailed."""
    settings = with_simulated_tenant(settings)
    with create_app(settings).app_context():
        upgrade()
        report = seed_demo(settings)
        _close_connections()
    serve_embedded(settings, listener, partial(on_ready, report))


def serve_web(settings: Settings, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve pages and sockets in one of any number of processes, with separate workers; raises NotMigrated."""
    _check(settings)
    _warn_without_redis(settings)
    WebServer(partial(create_app, settings), listener, consume=False, on_ready=on_ready).run()


def run_worker(settings: Settings) -> None:
    """Do the work in this process until a signal ends it; raises NotMigrated."""
    _check(settings)
    _warn_without_redis(settings)
    consume(create_app(settings))


def _warn_without_redis(settings: Settings) -> None:
    if settings.redis_url is None:
        log.warning("OPS_ADMIN_REDIS_URL is not set: what another process does reaches no browser until it asks")


def _check(settings: Settings) -> None:
    with create_app(settings).app_context():
        check_migrated()
        _close_connections()


def _close_connections() -> None:
    # Open connections would be shared with the process that is forked for serving.
    db.session.remove()
    db.engine.dispose()
