"""The composition root: the only module that knows every other one, and where they are wired to each other."""

from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import make_url

from ops_admin import health, notifications, realtime
from ops_admin.access import guards, navigation
from ops_admin.access.people.views import blueprint as people
from ops_admin.access.signals import on_rights_changed
from ops_admin.auth import microsoft, sessions, throttling
from ops_admin.auth.retention import count_old_sign_ins, remove_old_sign_ins
from ops_admin.auth.views import blueprint as sign_in
from ops_admin.config import Settings, make_private_folder
from ops_admin.infra.database import patience, prepare_engine
from ops_admin.infra.extensions import babel, db, huey, migrate
from ops_admin.intune import OPERATIONS as INTUNE_OPERATIONS
from ops_admin.intune import init_app as init_intune
from ops_admin.notifications import events as notification_events
from ops_admin.realtime.publisher import publish_notification
from ops_admin.reviews import OPERATIONS as REVIEW_OPERATIONS
from ops_admin.reviews import init_app as init_reviews
from ops_admin.runs.catalog import Catalog, OperationType, catalog
from ops_admin.runs.codes import LEDGER_CODES
from ops_admin.runs.failures import register_codes
from ops_admin.runs.web import views as monitoring
from ops_admin.runs.web.bulk.operations import BULK_OPERATIONS
from ops_admin.runs.worker import execution, pruning
from ops_admin.runs.worker.pruning import OPS_PRUNE, Leftover
from ops_admin.runs.worker.reconciler import RECONCILE_ADAPTER_RUNS
from ops_admin.runs.worker.revocation import end_queued_runs_of
from ops_admin.telemetry import requests as telemetry
from ops_admin.web import errors, request_limits, security_headers, static_files, templating

ROOT = Path(__file__).resolve().parent.parent

# A page holds a connection for some milliseconds, a worker thread for its transactions; sockets hold none.
POOL = {"pool_size": 10, "max_overflow": 40, "pool_timeout": 10}

# The values of a failing statement (addresses, hashes, payloads) stay out of the log (R39).
ENGINE = {**POOL, "hide_parameters": True}


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application; `settings` None reads the environment (R50)."""
    settings = settings or Settings.from_env()
    make_private_folder(settings.data_dir)
    app = Flask(
        "ops_admin",
        root_path=str(ROOT),
        static_folder="static",
        static_url_path=static_files.static_url_path(ROOT / "static"),
        template_folder="templates",
    )
    _configure(app, settings)
    static_files.init_app(app)
    _bind_database(app, settings)
    babel.init_app(app, default_translation_directories=str(ROOT / "ops_admin" / "translations"))
    templating.init_app(app)
    _control_access(app, settings)
    for feature in (monitoring, notifications, realtime, health, microsoft):
        feature.init_app(app)
    realtime.watch_reach(app, health.push_reaches_all)
    realtime.when_unheard(health.note_gap)
    init_intune(app)
    init_reviews(app)
    _fill_catalog(catalog, (RECONCILE_ADAPTER_RUNS, *BULK_OPERATIONS))
    _fill_catalog(catalog, (OPS_PRUNE, *INTUNE_OPERATIONS, *REVIEW_OPERATIONS))
    pruning.sweep(Leftover("sign-ins", count_old_sign_ins, remove_old_sign_ins))
    notification_events.subscribe(publish_notification)
    on_rights_changed(end_queued_runs_of)
    execution.work_for(app)
    telemetry.init_app(app, settings.trusted_proxies)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={**ENGINE, "connect_args": patience(make_url(settings.database_url))},
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _control_access(app: Flask, settings: Settings) -> None:
    """Sign-in, guards, security headers, error pages and the frame around pages."""
    request_limits.init_app(app)
    security_headers.init_app(app, settings)
    throttling.init_app(app, settings)
    sessions.init_app(app)
    guards.init_app(app)
    navigation.init_app(app)
    errors.init_app(app)
    app.register_blueprint(sign_in)
    app.register_blueprint(people)


def _bind_database(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        prepare_engine(db.engine)
    huey.connect(make_url(settings.database_url))


def _fill_catalog(known: Catalog, operations: tuple[OperationType, ...]) -> None:
    register_codes(LEDGER_CODES)
    for operation in operations:
        register_codes(operation.failure_codes)
        known.register(operation)
