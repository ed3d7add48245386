"""Assignments, for `app.py`."""

from ops_admin.features import Feature
from ops_admin.intune.assignments import views
from ops_admin.intune.assignments.operations import ASSIGNMENTS_FETCH, ASSIGNMENTS_RESTORE

FEATURE = Feature(
    "assignments",
    blueprints=(views.blueprint,),
    operations=(ASSIGNMENTS_FETCH, ASSIGNMENTS_RESTORE),
    template_globals=views.TEMPLATE_GLOBALS,
)
