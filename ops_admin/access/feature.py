"""ACCESS for `app.py`: guards, the navigation on every page, a tenant's Access page."""

from flask_babel import lazy_gettext as _

from ops_admin.access import guards, navigation
from ops_admin.access.capabilities import Capability
from ops_admin.access.people import views as people
from ops_admin.features import Feature, NavigationItem

FEATURE = Feature(
    "access",
    setup=guards.bind,
    blueprints=(people.blueprint,),
    context=navigation.navigation,
    navigation=(NavigationItem("tenant", _("Access"), "users", "/access", 80, capability=Capability.ACCESS_MANAGE),),
)
