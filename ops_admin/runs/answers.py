"""How every start surface answers (R13, R14, R16): JSON, a toast in place, or a redirect with the same toast."""

from dataclasses import asdict

from flask import Response, flash, jsonify, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.runs.dispatch import Started
from ops_admin.runs.presenter import toast_of
from ops_admin.runs.urls import run_url

TOAST = "toast"


def answer(started: Started, back_to: str) -> BaseResponse:
    """Answer a start; `back_to` is the local page to which a form without JavaScript returns."""
    if wants_json():
        return json_answer(started)
    toast = toast_of(started.run, started.answer)
    if is_htmx():
        return Response(render_template("runs/toast.html", toast=toast))
    flash(asdict(toast), TOAST)  # type: ignore[arg-type]  # the toast's fields, not a text: the layout renders them
    return redirect(back_to, 303)


def json_answer(started: Started) -> BaseResponse:
    """Answer a start as R16 says."""
    response = jsonify(answer_body(started))
    response.status_code = _status(started)
    return response


def answer_body(started: Started) -> dict[str, object]:
    """Return the fields of R16; the command line prints the same."""
    return {
        "run_id": started.run.id,
        "created": started.created,
        "status": started.run.status,
        "url": run_url(started.run.id),
    }


def _status(started: Started) -> int:
    if started.answer == "failed":
        return 503
    return 202 if started.created else 200
