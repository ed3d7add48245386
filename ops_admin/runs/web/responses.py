"""How every start surface answers (R13, R14, R16): JSON, a toast in place, or a redirect with the same toast."""

from dataclasses import asdict

from flask import Response, flash, jsonify, redirect, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.runs.dispatch import Started
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.presenter import Toast, stop_toast_of, toast_of
from ops_admin.runs.web.serialization import document_of

TOAST = "toast"


def answer(started: Started, back_to: str) -> BaseResponse:
    """Answer a start. `back_to` is the local page to which a form without JavaScript returns."""
    if wants_json():
        return json_answer(started)
    return _show(toast_of(started.run, started.answer), back_to)


def answer_stop(run: Run, *, asked: bool) -> BaseResponse:
    """Answer a stop request: 202, or 409 if there was nothing to stop (R44)."""
    if wants_json():
        response = jsonify(document_of(run))
        response.status_code = 202 if asked else 409
        return response
    return _show(stop_toast_of(run, asked=asked), run_url(run.id))


def answer_refusal(run: Run, reason: str) -> BaseResponse:
    """Answer a start that was refused for a reason the reader should know: 409 as JSON, otherwise a toast."""
    if wants_json():
        response = jsonify(error={"code": 409, "message": reason, "url": run_url(run.id)})
        response.status_code = 409
        return response
    return _show(Toast(label_of(run.type), reason, "warning", run_url(run.id), _("View run")), run_url(run.id))


def json_answer(started: Started) -> BaseResponse:
    """Answer a start with JSON (R16)."""
    response = jsonify(answer_body(started))
    response.status_code = _status(started)
    return response


def answer_body(started: Started) -> dict[str, object]:
    """Return the fields of R16. The command line prints the same."""
    return {
        "run_id": started.run.id,
        "created": started.created,
        "status": started.run.status,
        "url": run_url(started.run.id),
    }


def _show(toast: Toast, back_to: str) -> BaseResponse:
    if is_htmx():
        return Response(render_template("runs/toast.html", toast=toast))
    flash(asdict(toast), TOAST)  # type: ignore[arg-type]  # the toast's fields, not a text: the layout renders them
    return redirect(back_to, 303)


def _status(started: Started) -> int:
    if started.answer == "failed":
        return 503
    return 202 if started.created else 200
