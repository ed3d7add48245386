"""What templates can use of the ledger: labels and colours from the presenter, and the widget's rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from ops_admin.access.current import current_user
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import current_rights
from ops_admin.infra.database import utcnow
from ops_admin.runs import failures, queries
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import MOST_ACTIVE, RunFilter, Scope
from ops_admin.runs.states import Display
from ops_admin.runs.urls import run_url
from ops_admin.runs.web import liveness, presenter
from ops_admin.runs.web.kept_rows import kept_row
from ops_admin.runs.web.presenter import WidgetRow, widget_row
from ops_admin.runs.web.workspaces import workspace_names

_ACTIVE = (Display.QUEUED, Display.RUNNING, Display.AWAITING)
# For runs that ended without having started.
NO_CLOCK = "\N{EN DASH}"


@dataclass(frozen=True)
class WidgetRows:
    """The widget's rows, newest first, and how many runs there were in total at `counted_at`.

    Runs `awaiting` a decision are `folded` away; the other rows are under way or have just ended. `capped` if there may
    be more under way. `most` is the maximum number of rows shown, including those that scripts add.
    """

    counted_at: datetime
    rows: tuple[WidgetRow, ...] = ()
    folded: tuple[WidgetRow, ...] = ()
    under_way: int = 0
    awaiting: int = 0
    capped: bool = False
    most: int = MOST_ACTIVE

    @property
    def more(self) -> int:
        """How many runs under way are not among the rows."""
        return max(0, self.under_way - sum(row.is_under_way for row in self.rows))


def active_widget_rows() -> WidgetRows:
    """Return what the reader's widget shows when a page loads (R26); nothing if nobody is signed in."""
    if current_user() is None:
        return WidgetRows(utcnow())
    return widget_rows(queries.scope_of(current_rights()))


def widget_rows(scope: Scope, shown: Iterable[int] = ()) -> WidgetRows:
    """Return the active runs in `scope`, and the current state of the runs `shown` on a page."""
    now = utcnow()
    active = queries.active_runs(scope)
    listed = {run.id for run in active}
    others = [run for run in queries.runs_by_id(scope, shown) if run.id not in listed]
    every = [widget_row(run) for run in sorted((*active, *others), key=lambda run: -run.id)]
    folded = tuple(row for row in every if row.awaits_decision)
    rows = tuple(row for row in every if not row.awaits_decision)
    if len(active) < MOST_ACTIVE:
        return WidgetRows(now, rows, folded, sum(row.is_under_way for row in rows), len(folded))
    counted = queries.count_by_state(scope, RunFilter(), _ACTIVE)
    under_way = [counted[Display.QUEUED], counted[Display.RUNNING]]
    return WidgetRows(
        now,
        rows,
        folded,
        max(sum(row.is_under_way for row in rows), sum(count.number for count in under_way)),
        max(len(folded), counted[Display.AWAITING].number),
        any(count.capped for count in under_way),
    )


def status_badges() -> dict[str, dict[str, str]]:
    """Return label and tone of each state, so that scripts use the presenter's labels (R31)."""
    return {str(display): _as_json(presenter.badge_for(display)) for display in Display}


def widget_texts() -> dict[str, str]:
    """Return the sentences that scripts fill in as a run moves; `{name}` is a placeholder for a value."""
    return {
        "progress": gettext("Progress of %(label)s", label="{label}"),
        "done_of_total": gettext("%(processed)s of %(total)s", processed="{processed}", total="{total}"),
        "done": gettext("%(processed)s done", processed="{processed}"),
        "failed": gettext("%(failed)s failed", failed="{failed}"),
        "awaiting": gettext("%(number)s waiting for a decision", number="{number}"),
        "left": gettext("about %(time)s left", time="{time}"),
        "waiting": gettext("waiting %(time)s", time="{time}"),
    }


def _as_json(badge: presenter.Badge) -> dict[str, str]:
    return {"label": badge.label, "tone": badge.tone}


def tenant_names(tenants: Iterable[Tenant]) -> dict[str, str]:
    """Return the names of tenants by id; the ids are strings, as keys of a JSON object."""
    return {str(tenant.id): tenant.display_name for tenant in tenants}


def place_of(run: Run, tenants: Mapping[str, str]) -> str:
    """Return the name of a run's tenant or workspace. `tenants` are names by id (`tenant_names`)."""
    if run.tenant_id is None:
        return workspace_names().get(str(run.workspace_id)) or gettext("Whole workspace")
    return tenants.get(str(run.tenant_id)) or gettext("Tenant %(id)s", id=run.tenant_id)


def clock(seconds: float) -> str:
    """Format a duration as "0:05", "12:34" or "1:02:03", like static/js/rules.js."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clock_of(row: WidgetRow) -> str:
    """Format how long a run has been or was running, or how long it has been waiting to start; empty if no clock runs.

    Mirrors static/js/run-row.js.
    """
    is_active = row.status in queries.ACTIVE_STATES
    if row.awaits_decision or not (is_active or row.completed_at):
        return ""
    if row.started_at is not None:
        return elapsed_clock(row.started_at, row.completed_at)
    return gettext("waiting %(time)s", time=elapsed_clock(row.created_at)) if is_active else NO_CLOCK


def elapsed_clock(start: datetime, end: datetime | None = None) -> str:
    """Format the time from `start` to `end`, or to now."""
    return clock(((end or utcnow()) - start).total_seconds())


TEMPLATE_GLOBALS = {
    "active_widget_rows": active_widget_rows,
    "badge_of": presenter.badge_of,
    "badge_of_run": presenter.badge_of_run,
    "clock": clock,
    "clock_of": clock_of,
    "count_labels": presenter.count_labels,
    "elapsed_clock": elapsed_clock,
    "explain_failure": failures.explain,
    "failure_detail": presenter.failure_detail,
    "failure_line": presenter.failure_line,
    "kept_row": kept_row,
    "operation_label": label_of,
    "outcome_label": presenter.outcome_label,
    "place_of": place_of,
    "run_url": run_url,
    "server_now": utcnow,
    "stall_level_of": liveness.stall_level_of,
    "stall_levels": liveness.stall_levels,
    "status_badges": status_badges,
    "tenant_names": tenant_names,
    "widget_row": widget_row,
    "widget_texts": widget_texts,
    "why_skipped": presenter.why_skipped,
    "workspace_names": workspace_names,
}
