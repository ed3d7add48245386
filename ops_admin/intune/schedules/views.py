"""Pages of a tenant's schedules: the list, a schedule with its history, and the form (R34, R36)."""

from collections.abc import Iterable

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import get_current_user
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.access.rights import current_rights
from ops_admin.intune.schedules import queries, storage
from ops_admin.intune.schedules.forms import ScheduleForm
from ops_admin.intune.schedules.labels import RESULTS, describe, time_zones
from ops_admin.intune.schedules.queries import Schedule, ScheduleStart
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import runs_by_id, scope_of

blueprint = Blueprint("schedules", __name__, url_prefix="/tenants/<int:tenant_id>/schedules")

MOST_SCHEDULES = 20
MOST_SHOWN = 50
ID = "int(max=9223372036854775807)"


@blueprint.get("")
@for_tenant(Capability.TENANT_VIEW)
def list_all(tenant: Tenant) -> ResponseReturnValue:
    """List the schedules with their next due time and latest result."""
    schedules = queries.list_schedules(tenant.id)
    latest = queries.latest_starts([schedule.id for schedule in schedules])
    return render_template(
        "intune/schedules/list.html",
        tenant=tenant,
        schedules=schedules,
        latest=latest,
        runs=_runs_of(latest.values()),
        describe=describe,
        results=RESULTS,
        is_full=len(schedules) >= MOST_SCHEDULES,
    )


@blueprint.get(f"/<{ID}:schedule_id>")
@for_tenant(Capability.TENANT_VIEW)
def show(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Show one schedule with its history."""
    schedule = _get(tenant, schedule_id)
    starts = queries.list_starts(schedule.id, MOST_SHOWN)
    return render_template(
        "intune/schedules/show.html",
        tenant=tenant,
        schedule=schedule,
        starts=starts,
        runs=_runs_of(starts),
        describe=describe,
        results=RESULTS,
        most=MOST_SHOWN,
    )


@blueprint.get("/new")
@for_tenant(Capability.SCHEDULES_MANAGE)
def choose(tenant: Tenant) -> ResponseReturnValue:
    """Show the form for a new schedule, with the time zone of the tenant's newest one."""
    form = ScheduleForm()
    known = queries.list_schedules(tenant.id)
    form.time_zone.data = next((each.rule.time_zone for each in reversed(known) if each.rule.at_time), "UTC")
    return _form(tenant, form)


@blueprint.post("")
@for_tenant(Capability.SCHEDULES_MANAGE)
def add(tenant: Tenant) -> ResponseReturnValue:
    """Add a schedule."""
    form = ScheduleForm()
    if not form.validate_on_submit():
        return _form(tenant, form), 422
    if len(queries.list_schedules(tenant.id)) >= MOST_SCHEDULES:
        flash(_("This tenant has %(most)s schedules already. Change or delete one.", most=MOST_SCHEDULES), "warning")
        return redirect(url_for("schedules.list_all", tenant_id=tenant.id), 303)
    schedule_id = storage.add_schedule(tenant.id, form.operation.data, form.rule(), get_current_user())
    flash(_("The schedule is set."), "success")
    return redirect(url_for("schedules.show", tenant_id=tenant.id, schedule_id=schedule_id), 303)


@blueprint.get(f"/<{ID}:schedule_id>/edit")
@for_tenant(Capability.SCHEDULES_MANAGE)
def edit(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Show the form to change a schedule."""
    schedule, form = _get(tenant, schedule_id), ScheduleForm()
    form.show(schedule.operation, schedule.rule)
    return _form(tenant, form, schedule)


@blueprint.post(f"/<{ID}:schedule_id>")
@for_tenant(Capability.SCHEDULES_MANAGE)
def change(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Change a schedule; a paused one is resumed."""
    schedule, form = _get(tenant, schedule_id), ScheduleForm()
    if not form.validate_on_submit():
        return _form(tenant, form, schedule), 422
    done = storage.change_schedule(schedule, form.operation.data, form.rule(), get_current_user())
    return _answer(tenant, schedule_id, done, _("The schedule is changed."))


@blueprint.post(f"/<{ID}:schedule_id>/pause")
@for_tenant(Capability.SCHEDULES_MANAGE)
def pause(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Pause a schedule."""
    return _answer(tenant, schedule_id, storage.pause(_get(tenant, schedule_id)), _("The schedule is paused."))


@blueprint.post(f"/<{ID}:schedule_id>/resume")
@for_tenant(Capability.SCHEDULES_MANAGE)
def resume(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Resume a paused schedule."""
    return _answer(tenant, schedule_id, storage.resume(_get(tenant, schedule_id)), _("The schedule goes on."))


@blueprint.post(f"/<{ID}:schedule_id>/delete")
@for_tenant(Capability.SCHEDULES_MANAGE)
def delete(tenant: Tenant, schedule_id: int) -> ResponseReturnValue:
    """Delete a schedule; its runs are kept."""
    storage.remove(_get(tenant, schedule_id))
    flash(_("The schedule is deleted."), "success")
    return redirect(url_for("schedules.list_all", tenant_id=tenant.id), 303)


def _get(tenant: Tenant, schedule_id: int) -> Schedule:
    schedule = queries.find_schedule(tenant.id, schedule_id)
    if schedule is None:
        abort(404)
    return schedule


def _form(tenant: Tenant, form: ScheduleForm, schedule: Schedule | None = None) -> str:
    return render_template(
        "intune/schedules/form.html", tenant=tenant, form=form, schedule=schedule, time_zones=time_zones()
    )


def _answer(tenant: Tenant, schedule_id: int, done: bool, text: str) -> ResponseReturnValue:
    if done:
        flash(text, "success")
    else:
        flash(_("Nothing was changed: the schedule was changed in the same moment. Look again."), "warning")
    return redirect(url_for("schedules.show", tenant_id=tenant.id, schedule_id=schedule_id), 303)


def _runs_of(starts: Iterable[ScheduleStart]) -> dict[int, Run]:
    """Return those runs of the starts that still exist and that the member may see, by id."""
    wanted = [start.run_id for start in starts if start.run_id is not None]
    return {run.id: run for run in runs_by_id(scope_of(current_rights()), wanted)} if wanted else {}
