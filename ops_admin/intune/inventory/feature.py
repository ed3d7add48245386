"""The inventory sync, for `app.py`."""

from ops_admin.features import Feature
from ops_admin.intune.inventory import views
from ops_admin.intune.inventory.operations import INVENTORY_SYNC

FEATURE = Feature(
    "inventory",
    blueprints=(views.blueprint,),
    operations=(INVENTORY_SYNC,),
)
