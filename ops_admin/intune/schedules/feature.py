"""Schedules, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Periodic, Retention
from ops_admin.infra.queue import crontab
from ops_admin.intune.schedules import retention, ticking, views

FEATURE = Feature(
    "schedules",
    blueprints=(views.blueprint,),
    periodic=(Periodic("schedules", crontab(minute="*"), ticking.tick, urgent=True),),
    retention=(Retention("starts by schedules", retention.count_old_starts, retention.remove_old_starts),),
    holds=(retention.last_runs,),
    navigation=(NavigationItem("tenant", _("Schedules"), "clock", "/schedules", 60),),
)
