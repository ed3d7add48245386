"""Error answers in the format of the request: page, fragment or JSON."""

from dataclasses import dataclass, replace

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from ops_admin.access.current import current_user
from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.prompts import ask_to_sign_in, is_htmx, wants_json
from ops_admin.access.queries import TenantNotFound
from ops_admin.access.redirects import is_local_path, path_of
from ops_admin.auth.forms import LoginForm
from ops_admin.auth.views import login_page
from ops_admin.infra.database_faults import Trouble, trouble_of


@dataclass(frozen=True)
class Explanation:
    """What an HTTP status means to a reader."""

    title: str
    text: str


EXPLANATIONS = {
    400: Explanation(_l("This could not be understood"), _l("Go back, reload the page and try again.")),
    403: Explanation(
        _l("You may not do this"),
        _l("Your role does not include it. Whoever owns the workspace can change that."),
    ),
    404: Explanation(
        _l("There is no such page"),
        _l("It does not exist, or it belongs to a workspace of which you are not a member."),
    ),
    405: Explanation(_l("This address cannot be opened like that"), _l("Start from the page that led you here.")),
    410: Explanation(_l("This is not kept any more"), _l("It was old enough to be pruned.")),
    413: Explanation(_l("That is too much at once"), _l("What was sent is larger than the console accepts.")),
    429: Explanation(_l("Too many requests"), _l("Wait a minute, then try again.")),
    500: Explanation(
        _l("Something went wrong here"),
        _l("It is not your fault, and it has been written to the server's log. Nothing was changed."),
    ),
    503: Explanation(_l("This cannot be answered just now"), _l("Try again in a moment.")),
}
_OF_DATABASE = {
    Trouble.AWAY: Explanation(
        _l("The console cannot reach its database"),
        _l("Try again in a moment. What runs is kept, or repaired when the database returns."),
    ),
    Trouble.UNWRITABLE: Explanation(
        _l("The console cannot write to its database"),
        _l(
            "Its disk is full or read-only. What is there can be read, but nothing new can be kept until whoever runs "
            "the console makes room. What runs is kept, or repaired after that."
        ),
    ),
    Trouble.BUSY: Explanation(
        _l("The database is too busy"),
        _l("It did not get round to this in time. Try again in a moment."),
    ),
    Trouble.UNUSABLE: Explanation(
        _l("The console cannot use its database"),
        _l("The server's log says why. Whoever runs the console has to look; “ops-admin doctor” helps to find it."),
    ),
}
_FORM_EXPIRED = _l("The form was open for too long. Reload the page and send it again.")


def bind(app: Flask) -> None:
    """Register a handler for everything that can go wrong with a request."""
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.register_error_handler(NotVisible, lambda _error: answer(404))
    app.register_error_handler(TenantNotFound, lambda _error: answer(404))
    app.register_error_handler(NotAllowed, lambda _error: answer(403))
    app.register_error_handler(OperationalError, show_database_error)
    app.register_error_handler(InterfaceError, show_database_error)
    app.register_error_handler(InternalError, show_database_error)
    app.register_error_handler(PoolTimeoutError, show_database_error)


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer any HTTP error in our own words; keep its headers (Allow, Retry-After)."""
    response = answer(error.code or 500)
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def show_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Answer a form that outlived its page's sign-in: offer a new form, or the sign-in page."""
    if request.endpoint == "access.login":
        message = _("The sign-in page was open for too long. Please sign in again.")
        return login_page(LoginForm(), 400, message)
    if current_user() is None:
        return ask_to_sign_in()
    return answer(400, str(_FORM_EXPIRED))


def show_database_error(error: DBAPIError | PoolTimeoutError) -> ResponseReturnValue:
    """Say what is wrong with the database, and log it without any data."""
    trouble = trouble_of(error)
    if isinstance(error, InternalError) and trouble is not Trouble.UNWRITABLE:
        raise error  # not a state of the database, but a bug of ours
    reason = error if isinstance(error, PoolTimeoutError) else error.orig
    current_app.logger.error("the database %s for %s: %s", trouble, request.endpoint, reason)
    response = _answer(503, _OF_DATABASE[trouble])
    response.headers["Retry-After"] = "5"
    return response


def answer(status: int, text: str | None = None) -> Response:
    """Return the answer for `status`, with `text` instead of the usual explanation if given."""
    known = EXPLANATIONS.get(status, EXPLANATIONS[500 if status >= 500 else 400])
    return _answer(status, replace(known, text=text) if text else known)


def _answer(status: int, known: Explanation) -> Response:
    explanation = Explanation(str(known.title), str(known.text))
    if wants_json():
        error = {"code": status, "title": explanation.title, "message": explanation.text}
        return make_response(jsonify(error=error), status)
    if is_htmx():
        page = render_plainly("errors/fragment.html", status, explanation)
    elif status < 500 and current_user() is not None:
        page = render_template("errors/page.html", status=status, explanation=explanation, way_on=Way())
    else:
        page = render_plainly("errors/plain.html", status, explanation)
    return make_response(page, status)


@dataclass(frozen=True)
class Way:
    """Where the button of an error page leads; if `is_same`, to the requested page, which then reloads by itself."""

    address: str = "/"
    is_same: bool = False


def _way_on(status: int) -> Way:
    """Return where to go from an error: to the requested page if the trouble is temporary.

    Only a person may repeat a request that changes something, so those lead back to the page with the form.
    """
    if status != 503:
        return Way()
    is_read = request.method in ("GET", "HEAD")
    page = request.full_path.rstrip("?") if is_read else path_of(request.referrer)
    return Way(page, is_same=is_read) if page and is_local_path(page) else Way()


def render_plainly(template: str, status: int, explanation: Explanation) -> str:
    """Render without the context of signed-in pages, which reads the database that may be broken."""
    return current_app.jinja_env.get_template(template).render(
        status=status, explanation=explanation, way_on=_way_on(status)
    )
