"""The restore feature. A restore follows its run, in the run's transaction."""

from flask import Flask
from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.backups import storage as backup_storage
from ops_admin.intune.restore import retention, views
from ops_admin.intune.restore.holds import find_hold
from ops_admin.intune.restore.operations import RESTORE_EXECUTE, RESTORE_PREVIEW


def _bind(_app: Flask) -> None:
    backup_storage.add_hold(find_hold)


FEATURE = Feature(
    "restore",
    setup=_bind,
    blueprints=(views.blueprint,),
    operations=(RESTORE_PREVIEW, RESTORE_EXECUTE),
    holds=(retention.runs_of_restores,),
    navigation=(NavigationItem("tenant", _("Restores"), "history", "/restores", 40),),
)
