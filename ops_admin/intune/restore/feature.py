"""The restore feature. A restore follows its run, in the run's transaction."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Periodic
from ops_admin.infra.queue import crontab
from ops_admin.intune.backups.storage import still_needed
from ops_admin.intune.restore import retention, views
from ops_admin.intune.restore.holds import find_hold
from ops_admin.intune.restore.housekeeping import mask_old_items
from ops_admin.intune.restore.operations import RESTORE_EXECUTE, RESTORE_PREVIEW

FEATURE = Feature(
    "restore",
    blueprints=(views.blueprint,),
    operations=(RESTORE_PREVIEW, RESTORE_EXECUTE),
    subscribers=((still_needed, find_hold),),
    periodic=(Periodic("restore_secrets.mask", crontab(minute="43"), mask_old_items),),
    holds=(retention.runs_of_restores,),
    navigation=(NavigationItem("tenant", _("Restores"), "history", "/restores", 40),),
)
