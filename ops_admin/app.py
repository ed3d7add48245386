"""The composition root: the only module that knows every feature and assembles them (R85)."""

from importlib.resources import files

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import make_url

from ops_admin.access import feature as access
from ops_admin.auth import feature as auth
from ops_admin.auth.microsoft import feature as microsoft
from ops_admin.config import Settings, make_private_folder
from ops_admin.credentials import feature as credentials
from ops_admin.features import Feature, keep_features
from ops_admin.health import feature as health
from ops_admin.infra.database import engine_options, prepare_engine
from ops_admin.infra.extensions import babel, db, huey, migrate
from ops_admin.intune.assignments import feature as assignments
from ops_admin.intune.backups import feature as backups
from ops_admin.intune.credentials import feature as tenant_credentials
from ops_admin.intune.directory import feature as directory
from ops_admin.intune.home import feature as home
from ops_admin.intune.inventory import feature as inventory
from ops_admin.intune.overview import feature as overview
from ops_admin.intune.policies import feature as policies
from ops_admin.intune.restore import feature as restore
from ops_admin.intune.schedules import feature as schedules
from ops_admin.notifications import feature as notifications
from ops_admin.realtime import feature as realtime
from ops_admin.resources import folder_of_resources
from ops_admin.reviews import feature as reviews
from ops_admin.runs import feature as runs
from ops_admin.runs.catalog import catalog
from ops_admin.runs.failures import register_codes
from ops_admin.runs.worker import pruning
from ops_admin.telemetry import feature as telemetry
from ops_admin.web import feature as web
from ops_admin.web.static_files import static_url_path

FEATURES: tuple[Feature, ...] = (
    web.FEATURE,
    credentials.FEATURE,
    auth.FEATURE,
    access.FEATURE,
    runs.FEATURE,
    notifications.FEATURE,
    realtime.FEATURE,
    health.FEATURE,
    microsoft.FEATURE,
    home.FEATURE,
    overview.FEATURE,
    policies.FEATURE,
    directory.FEATURE,
    inventory.FEATURE,
    backups.FEATURE,
    assignments.FEATURE,
    restore.FEATURE,
    schedules.FEATURE,
    tenant_credentials.FEATURE,
    reviews.FEATURE,
    telemetry.FEATURE,
)
"""Every feature, in the order in which they are assembled.

Who hears what, in the order in which subscribers are called (tests/architecture/test_wiring.py keeps this list true):

RunEnqueued after its commit: realtime.publisher.publish_run, health.accounting.note_start
RunProgressed after its commit: realtime.publisher.publish_run
RunBeat after its commit: realtime.publisher.publish_run
RunCompleted in its statement: notifications.writer.notification_for
RunCompleted after its commit: realtime.publisher.publish_run, health.accounting.note_end
housekeeping has checked all workspaces: health.schedule.note_housekeeping
notification created, after its commit: realtime.publisher.publish_notification
rights changed, after the commit: runs.worker.revocation.end_queued_runs_of, realtime.ending.end_user
signed out, after the commit: realtime.ending.end_sign_in, auth.microsoft.storage.forget_sign_in
push that other processes did not hear: health.push_outages.note_outage
whether this process hears of everything: health.reach.push_reaches_all
backup set is about to be deleted: intune.restore.holds.find_hold

The `follow` function of an operation type updates a restore, a review pack or a backup set along with its run.
"""

# A page holds a connection for a few milliseconds, a worker thread during its transactions; sockets hold none.
POOL = {"pool_size": 10, "max_overflow": 40, "pool_timeout": 10}

# Keeps the parameters of failing statements (addresses, hashes, payloads) out of the log (R39).
ENGINE = {**POOL, "hide_parameters": True}


def create_app(settings: Settings | None = None) -> Flask:
    """Create the application. Without `settings`, they are read from the environment (R50)."""
    settings = settings or Settings.from_env()
    make_private_folder(settings.data_dir)
    resources = folder_of_resources()
    app = Flask(
        "ops_admin",
        root_path=str(resources),
        static_folder="static",
        static_url_path=static_url_path(resources / "static"),
        template_folder="templates",
    )
    _configure(app, settings)
    _bind_database(app, settings)
    babel.init_app(app, default_translation_directories=str(files("ops_admin") / "translations"))
    keep_features(app, FEATURES)
    for feature in FEATURES:
        _add(app, feature)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={**ENGINE, **engine_options(make_url(settings.database_url))},
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _bind_database(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=f"{app.root_path}/migrations")
    with app.app_context():
        prepare_engine(db.engine)
    huey.serve(app, make_url(settings.database_url))


def _add(app: Flask, feature: Feature) -> None:
    """Add a feature to the application, and to the registries shared by all applications of the process."""
    if feature.setup is not None:
        feature.setup(app)
    for blueprint in feature.blueprints:
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(feature.template_globals)
    if feature.context is not None:
        app.context_processor(feature.context)
    _register(feature)


def _register(feature: Feature) -> None:
    register_codes(feature.failure_codes)
    for operation in feature.operations:
        register_codes(operation.failure_codes)
        catalog.register(operation)
    for channel, subscriber in feature.subscribers:
        channel.connect(subscriber)
    for periodic in feature.periodic:
        huey.add_periodic(periodic)
    for hold in feature.holds:
        pruning.keep_for(hold)
    for retention in feature.retention:
        pruning.prune_besides(retention)
