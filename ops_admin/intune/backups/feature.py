"""Backups, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.backups import retention, views
from ops_admin.intune.backups.operations import BACKUP_CREATE

FEATURE = Feature(
    "backups",
    blueprints=(views.blueprint,),
    operations=(BACKUP_CREATE,),
    holds=(retention.runs_of_sets,),
    navigation=(NavigationItem("tenant", _("Backups"), "database", "/backups", 30),),
)
