"""Review packs: an evidence bundle of a tenant for people who have no login here (R46)."""

from flask import Flask

from ops_admin.reviews import housekeeping, lifecycle, retention, views
from ops_admin.reviews.operations import REVIEW_PACK_GENERATE
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.worker import pruning
from ops_admin.runs.worker.pruning import Leftover

__all__ = ["OPERATIONS", "init_app"]

OPERATIONS: tuple[OperationType, ...] = (REVIEW_PACK_GENERATE,)
"""Every operation of this package, for the catalog (R29)."""


def init_app(app: Flask) -> None:
    """Serve the pages, let packs follow their runs, expire them in time, and keep the runs of those that are there."""
    views.init_app(app)
    lifecycle.init_app()
    housekeeping.init_app(app)
    pruning.keep_for(retention.runs_of_packs)
    pruning.sweep(Leftover("review packs", retention.count_old_packs, retention.remove_old_packs))
