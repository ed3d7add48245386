"""REVIEWS for `app.py`: review packs."""

from flask_babel import lazy_gettext as _

from ops_admin.features import Feature, NavigationItem, Periodic, Retention
from ops_admin.infra.queue import crontab
from ops_admin.reviews import housekeeping, retention, views
from ops_admin.reviews.operations import REVIEW_PACK_GENERATE

FEATURE = Feature(
    "reviews",
    blueprints=(views.blueprint,),
    operations=(REVIEW_PACK_GENERATE,),
    periodic=(
        Periodic("review_packs.expire", crontab(minute="7"), housekeeping.expire_review_packs),
        Periodic("review_packs.date", crontab(minute="9"), housekeeping.date_old_packs),
    ),
    retention=(Retention("review packs", retention.count_old_packs, retention.remove_old_packs),),
    holds=(retention.runs_of_packs,),
    navigation=(NavigationItem("tenant", _("Review packs"), "report-analytics", "/review-packs", 70),),
    template_globals=views.TEMPLATE_GLOBALS,
)
