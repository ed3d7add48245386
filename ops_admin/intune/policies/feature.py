"""Policies and their versions, for `app.py`."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Periodic, Retention
from ops_admin.infra.queue import crontab
from ops_admin.intune.policies import housekeeping, retention, views
from ops_admin.intune.policies.operations import POLICY_OPERATIONS
from ops_admin.intune.policies.operations.sealing import seal_old_versions

FEATURE = Feature(
    "policies",
    blueprints=(views.blueprint,),
    operations=POLICY_OPERATIONS,
    periodic=(
        Periodic("policy_exports.expire", crontab(minute="17"), housekeeping.remove_expired_exports),
        Periodic("policy_secrets.seal", crontab(minute="23"), seal_old_versions),
    ),
    retention=(
        Retention("policy selections", retention.count_old_selections, retention.remove_old_selections),
        Retention("policy exports", retention.count_old_exports, retention.remove_old_exports),
    ),
    holds=(retention.runs_of_versions, retention.runs_of_exports),
    navigation=(NavigationItem("tenant", _("Policies"), "shield-check", "/policies", 20),),
)
