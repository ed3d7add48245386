"""The home page, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.home import views

FEATURE = Feature(
    "home",
    blueprints=(views.blueprint,),
    navigation=(NavigationItem("console", _("Tenants"), "building-community", "/", 10, exact=True),),
)
