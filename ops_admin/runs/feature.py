"""The ledger feature: Monitoring, and the periodic care of runs."""

from flask import Flask
from flask_babel import lazy_gettext as _

from ops_admin.access.signals import rights_changed
from ops_admin.features import Feature, NavigationItem, Periodic
from ops_admin.infra.queue import crontab
from ops_admin.runs import tasks
from ops_admin.runs.codes import LEDGER_CODES
from ops_admin.runs.web import capped_counts, kept_rows, views
from ops_admin.runs.web.bulk import views as bulk
from ops_admin.runs.web.bulk.operations import BULK_OPERATIONS
from ops_admin.runs.web.template_globals import TEMPLATE_GLOBALS
from ops_admin.runs.worker import execution, pruning, reconciler
from ops_admin.runs.worker.revocation import end_queued_runs_of


def _bind(app: Flask) -> None:
    tasks.execute_with(execution.execute)
    capped_counts.bind(app)
    kept_rows.bind(app)


FEATURE = Feature(
    "runs",
    setup=_bind,
    blueprints=(views.blueprint, bulk.blueprint),
    operations=(reconciler.RECONCILE_ADAPTER_RUNS, pruning.OPS_PRUNE, *BULK_OPERATIONS),
    failure_codes=LEDGER_CODES,
    subscribers=((rights_changed, end_queued_runs_of),),
    periodic=(
        Periodic("reconcile", crontab(minute="*"), reconciler.reconcile_when_needed, urgent=True),
        Periodic("prune", crontab(minute="41"), pruning.prune_when_due),
    ),
    navigation=(NavigationItem("console", _("Operations"), "list-details", "/operations", 20),),
    template_globals=TEMPLATE_GLOBALS,
)
