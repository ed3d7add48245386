"""Groups and assignment filters, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.directory import views
from ops_admin.intune.directory.operations import DIRECTORY_SYNC

FEATURE = Feature(
    "directory",
    blueprints=(views.blueprint,),
    operations=(DIRECTORY_SYNC,),
    navigation=(NavigationItem("tenant", _("Groups"), "users-group", "/groups", 50),),
)
