"""How the list's bulk buttons answer: JSON, toasts in place, or a redirect to the list with the same toasts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from flask import Response, flash, jsonify, make_response, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.runs.dispatch import Started
from ops_admin.runs.web.bulk.choosing import Standing
from ops_admin.runs.web.bulk.labels import level_of, say, title_of
from ops_admin.runs.web.bulk.verdicts import Verdict
from ops_admin.runs.web.presenter import Toast, toast_of
from ops_admin.runs.web.responses import TOAST, answer_body


def answer_done(standing: Standing, tally: Counter[Verdict], back_to: str) -> BaseResponse:
    """Say how many runs were acted on, and what happened to the others."""
    if wants_json():
        return jsonify(dict(tally))
    return _show([Toast(title_of(standing, tally), say(tally), level_of(tally), "", "")], back_to)


def answer_started(started: Sequence[Started], back_to: str) -> BaseResponse:
    """Say which run carries out the bulk action, or which runs if several workspaces are involved."""
    if wants_json():
        response = jsonify(runs=[answer_body(each) for each in started])
        response.status_code = 202
        return response
    return _show([toast_of(each.run, each.answer) for each in started], back_to)


def refuse(errors: Mapping[str, str], back_to: str) -> BaseResponse:
    """Say why nothing was done."""
    if wants_json():
        response = jsonify(errors=dict(errors))
        response.status_code = 422
        return response
    return _show([Toast(_("Nothing was done"), " ".join(errors.values()), "danger", "", "")], back_to)


def go_to(url: str) -> BaseResponse:
    """Send the browser to another page, even if the form would have been answered in place."""
    if not is_htmx():
        return redirect(url, 303)
    response: Response = make_response("", 204)
    response.headers["HX-Redirect"] = url
    return response


def _show(toasts: Sequence[Toast], back_to: str) -> BaseResponse:
    if is_htmx():
        return Response("".join(render_template("runs/toast.html", toast=toast) for toast in toasts))
    for toast in toasts:
        flash(asdict(toast), TOAST)  # type: ignore[arg-type]  # the toast's fields: the layout renders them
    return redirect(back_to, 303)
