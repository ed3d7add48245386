"""Backups, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Periodic
from ops_admin.infra.queue import crontab
from ops_admin.intune.backups import retention, views
from ops_admin.intune.backups.operations import BACKUP_CREATE, seal_old_items

FEATURE = Feature(
    "backups",
    blueprints=(views.blueprint,),
    operations=(BACKUP_CREATE,),
    periodic=(Periodic("backup_secrets.seal", crontab(minute="33"), seal_old_items),),
    holds=(retention.runs_of_sets,),
    navigation=(NavigationItem("tenant", _("Backups"), "database", "/backups", 30),),
)
