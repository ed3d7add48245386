"""A tenant's page, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.overview import views

FEATURE = Feature(
    "overview",
    blueprints=(views.blueprint,),
    navigation=(NavigationItem("tenant", _("Overview"), "building", "", 10, exact=True),),
)
