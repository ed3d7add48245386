"""The list's bulk buttons: stop or restart the ticked runs, or all that match its filters (R44).

Up to `AT_ONCE` runs are handled in the request, and the answer gives the result of each. More become a run of their
own. Acting on all matching runs first shows a confirmation page with their number; a JSON client is taken to have
confirmed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.current import get_current_user
from ops_admin.access.guards import NotAllowed, NotVisible, signed_in
from ops_admin.access.navigation import current_tenants
from ops_admin.access.prompts import wants_json
from ops_admin.access.rights import current_rights
from ops_admin.runs import queries
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs, OperationType
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.web.bulk import responses, verdicts
from ops_admin.runs.web.bulk.choosing import ALL_MATCHING, RUN_IDS, Standing, find_matching, read_run_ids, take_matching
from ops_admin.runs.web.bulk.operations import START_RUNS_AGAIN, STOP_RUNS
from ops_admin.runs.web.bulk.verdicts import Judge
from ops_admin.runs.web.filter_options import chips, filter_choices
from ops_admin.runs.web.filters import read_query

blueprint = Blueprint("bulk", __name__, url_prefix="/operations")

AT_ONCE = 100


@dataclass(frozen=True)
class Action:
    """One of the two buttons: which runs it applies to, what it does to each, and the operation that handles many."""

    path: str
    standing: Standing
    judge: Judge
    many: OperationType


STOP = Action("/operations/stop", "active", verdicts.stop, STOP_RUNS)
START_AGAIN = Action("/operations/start-again", "ended", verdicts.start_again, START_RUNS_AGAIN)


@blueprint.get("/stop")
@signed_in
def confirm_stop() -> ResponseReturnValue:
    """Show how many stoppable runs match the URL's filters, and ask for confirmation."""
    return _ask(STOP)


@blueprint.post("/stop")
@signed_in
def stop() -> ResponseReturnValue:
    """Ask the chosen runs to stop."""
    return _act(STOP)


@blueprint.get("/start-again")
@signed_in
def confirm_start_again() -> ResponseReturnValue:
    """Show how many ended runs match the URL's filters, and ask for confirmation."""
    return _ask(START_AGAIN)


@blueprint.post("/start-again")
@signed_in
def start_again() -> ResponseReturnValue:
    """Start the chosen runs again."""
    return _act(START_AGAIN)


def _act(action: Action) -> ResponseReturnValue:
    values = _values_sent()
    try:
        run_ids = _chosen(action, values)
        if values.get(ALL_MATCHING) and not values.get("confirmed") and not wants_json():
            return responses.go_to(_with_filters(action.path, values))
        if len(run_ids) > AT_ONCE:
            return responses.answer_started(_start_runs(action, run_ids), _with_filters("/operations", values))
    except InvalidInputs as refused:
        return responses.refuse(refused.errors, _with_filters("/operations", values))
    done = Counter(verdicts.judge_each(action.judge, run_ids, get_current_user(), current_rights()))
    return responses.answer_done(action.standing, done, _with_filters("/operations", values))


def _ask(action: Action) -> ResponseReturnValue:
    query = read_query(request.args)
    try:
        matching = find_matching(current_rights(), action.standing, request.args)
    except InvalidInputs as refused:
        return responses.refuse(refused.errors, query.url())
    used = chips(query, filter_choices(current_tenants(), []))
    return render_template("runs/bulk/confirm.html", action=action, matching=matching, query=query, chips=used)


def _chosen(action: Action, values: Mapping[str, Any]) -> list[int]:
    if values.get(ALL_MATCHING):
        return take_matching(current_rights(), action.standing, values)
    given = values.get(RUN_IDS) if request.is_json else request.form.getlist(RUN_IDS)
    return read_run_ids({RUN_IDS: given})


def _values_sent() -> Mapping[str, Any]:
    """Return the form fields or the JSON body. A bare JSON list is a list of run ids."""
    if not request.is_json:
        return request.form
    body = request.get_json()
    return body if isinstance(body, dict) else {RUN_IDS: body}


def _with_filters(path: str, values: Mapping[str, Any]) -> str:
    """Return `path` with the list filters that the form carries along."""
    query = read_query({name: value for name, value in values.items() if isinstance(value, str)})
    return query.url().replace("/operations", path, 1)


def _start_runs(action: Action, run_ids: list[int]) -> list[Started]:
    """Start one run for each workspace that has some of the runs. Raises InvalidInputs."""
    by_workspace: dict[int, list[int]] = {}
    for run_id, workspace_id in queries.workspaces_of(queries.scope_of(current_rights()), run_ids):
        by_workspace.setdefault(workspace_id, []).append(run_id)
    if not by_workspace:
        raise InvalidInputs({RUN_IDS: _("None of these runs exists.")})
    try:
        return [
            start(action.many.key, actor=current_actor(), workspace_id=workspace_id, inputs={RUN_IDS: ids})
            for workspace_id, ids in by_workspace.items()
        ]
    except (NotVisible, NotAllowed) as refused:
        text = _("Your role in the workspace allows at most %(number)s runs at once. Choose fewer.", number=AT_ONCE)
        raise InvalidInputs({RUN_IDS: text}) from refused
