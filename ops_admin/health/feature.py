"""HEALTH for `app.py`: probes, metrics, and whether pages hear of everything."""

from ops_admin.features import Feature, Periodic
from ops_admin.health import accounting, checks, push_outages, reach, schedule, views
from ops_admin.infra.queue import crontab
from ops_admin.realtime.events import push_unheard, reach_asked
from ops_admin.runs.events import RunCompleted, RunEnqueued, after_commit, housekeeping_checked

FEATURE = Feature(
    "health",
    blueprints=(views.blueprint,),
    subscribers=(
        (after_commit[RunEnqueued], accounting.note_start),
        (after_commit[RunCompleted], accounting.note_end),
        (housekeeping_checked, schedule.note_housekeeping),
        (push_unheard, push_outages.note_outage),
        (reach_asked, reach.push_reaches_all),
    ),
    periodic=(Periodic("tick", crontab(minute="*"), schedule.tick, urgent=True),),
    template_globals={"last_housekeeping": schedule.last_housekeeping, "page_hears_all": reach.page_hears_all},
    health={
        "database": checks.check_database,
        "migrations": checks.check_migrated,
        "queue": checks.check_queue,
        "disk": checks.check_data_dir,
    },
)
