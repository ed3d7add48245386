"""The notifications feature. A notification is written in the transaction that ends its run."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Retention
from ops_admin.notifications import retention, views, writer
from ops_admin.runs.events import companions

FEATURE = Feature(
    "notifications",
    blueprints=(views.blueprint,),
    subscribers=((companions, writer.notification_for),),
    retention=(Retention("notifications", retention.count_old_read, retention.remove_old_read),),
    navigation=(NavigationItem("console", _("Notifications"), "inbox", "/notifications", 30),),
    context=views.bell_context,
)
