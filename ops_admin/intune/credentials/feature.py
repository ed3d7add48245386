"""A tenant's credentials, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.features import Feature, NavigationItem
from ops_admin.intune.credentials import views
from ops_admin.intune.credentials.operations import CREDENTIALS_CHECK

FEATURE = Feature(
    "tenant credentials",
    blueprints=(views.blueprint,),
    operations=(CREDENTIALS_CHECK,),
    navigation=(
        NavigationItem(
            "tenant", _("Credentials"), "shield-check", "/credentials", 90, capability=Capability.CREDENTIALS_MANAGE
        ),
    ),
)
