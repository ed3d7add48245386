"""Monitoring → Operations: the list, a run's page, and the widget fragment. Rendered from the database alone (R34)."""

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.current import get_current_user
from ops_admin.access.guards import signed_in
from ops_admin.access.navigation import current_tenants
from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.access.queries import Tenant, find_tenant
from ops_admin.access.rights import current_rights
from ops_admin.runs import controls, queries
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs, UnknownOperation
from ops_admin.runs.history import failed_repair_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import CappedCount, Scope
from ops_admin.runs.states import Display
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.bulk.offering import bulk_context
from ops_admin.runs.web.capped_counts import count_by_state
from ops_admin.runs.web.filter_options import LABELS, chips, filter_choices
from ops_admin.runs.web.filters import ListQuery, read_query
from ops_admin.runs.web.not_found import answer_missing
from ops_admin.runs.web.repairs import report_of
from ops_admin.runs.web.responses import answer, answer_refusal, answer_stop
from ops_admin.runs.web.serialization import document_of
from ops_admin.runs.web.template_globals import widget_rows
from ops_admin.runs.web.timeline import relatives_of, steps_of
from ops_admin.runs.web.workspaces import workspaces_to_keep
from ops_admin.runs.worker.reconciler import RECONCILE, start_reconcile

blueprint = Blueprint("runs", __name__, url_prefix="/operations")

# Our pages show one page of the list and a widget. A request that names more runs is not from one of them.
MOST_SHOWN = 100


@blueprint.get("")
@signed_in
def show_list() -> ResponseReturnValue:
    """List runs, newest first. Filters and position are all in the URL (R32)."""
    query = read_query(request.args)
    scope = _scope()
    page = None if query.errors else queries.list_runs(scope, query.wanted, query.cursor)
    initiators = [] if is_htmx() else queries.initiators(scope)  # the fragment has no filters to fill
    choices = filter_choices(current_tenants(), initiators)
    context: dict[str, object] = {"query": query, "page": page, "choices": choices, "chips": chips(query, choices)}
    if page is not None:
        context |= bulk_context(page, scope, query, current_rights())
    status = 422 if query.errors else 200
    if is_htmx():
        return render_template("runs/_list.html", **context), status
    frame = {"labels": LABELS, "kept_workspaces": workspaces_to_keep()}
    return render_template("runs/list.html", **context, **frame, counts=_counts(scope, query)), status


@blueprint.post("/housekeeping/<int:workspace_id>")
@signed_in
def start_housekeeping(workspace_id: int) -> ResponseReturnValue:
    """Start the workspace's reconcile run by hand (R48)."""
    return answer(start_reconcile(workspace_id, current_actor()), "/operations")


@blueprint.get("/active")
@signed_in
def active() -> ResponseReturnValue:
    """Render the widget's rows: active runs, and the current state of the runs named in `shown` (R26, R27)."""
    named = request.args.get("shown", "").split(",")[:MOST_SHOWN]
    shown = [int(run_id) for run_id in named if run_id.isascii() and run_id.isdigit() and len(run_id) <= 18]
    return render_template("runs/_active.html", shown=widget_rows(_scope(), shown))


@blueprint.get("/<int:run_id>")
@signed_in
def show(run_id: int) -> ResponseReturnValue:
    """Show one run, independent of the selected tenant (R30, R33). 404 for readers who may not see it."""
    run = _find_visible(run_id)
    if run is None:
        return answer_missing(run_id)
    if wants_json():
        return jsonify(document_of(run))
    template = "runs/_live.html" if is_htmx() else "runs/show.html"
    history = queries.transitions_of(run.id)
    return render_template(
        template,
        run=run,
        tenant=_tenant_of(run),
        steps=steps_of(run, history),
        relatives=relatives_of(run, history),
        trouble=failed_repair_of(history),
        report=report_of(run, _scope()) if run.type == RECONCILE else None,
        controls=controls.controls_of(run, current_rights()),
    )


@blueprint.post("/<int:run_id>/stop")
@signed_in
def stop(run_id: int) -> ResponseReturnValue:
    """Ask a run to stop (R44)."""
    run, user = _run_or_404(run_id), get_current_user()
    try:
        return answer_stop(controls.stop(run, user, current_rights()), asked=True)
    except controls.NothingToStop:
        return answer_stop(queries.get_run(run_id), asked=False)


@blueprint.post("/<int:run_id>/start-again")
@signed_in
def start_again(run_id: int) -> ResponseReturnValue:
    """Start an ended run again with the same inputs (R44)."""
    run = _run_or_404(run_id)
    try:
        return answer(controls.start_again(run, get_current_user()), run_url(run_id))
    except controls.StillActive:
        return answer_refusal(run, _("It has not ended yet, so it cannot be started again."))
    except UnknownOperation:
        return answer_refusal(run, _("Operations of this kind cannot be started any more."))
    except InvalidInputs as error:
        return answer_refusal(run, " ".join(error.errors.values()))


def _find_visible(run_id: int) -> Run | None:
    run = queries.find_run(run_id) if run_id < 2**63 else None
    return run if run is not None and _scope().holds(run) else None


def _run_or_404(run_id: int) -> Run:
    run = _find_visible(run_id)
    if run is None:
        abort(404)
    return run


def _scope() -> Scope:
    return queries.scope_of(current_rights())


def _counts(scope: Scope, query: ListQuery) -> dict[Display, CappedCount]:
    """Count the runs in each state under the other filters, each up to a limit (R35)."""
    return {} if query.errors else count_by_state(scope, query.wanted)


def _tenant_of(run: Run) -> Tenant | None:
    return find_tenant(run.tenant_id) if run.tenant_id is not None else None
