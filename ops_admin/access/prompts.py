"""The answer to somebody who must sign in first, in the form in which they asked."""

from flask import Response, flash, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.redirects import is_local_path, path_of


def wants_json() -> bool:
    """Whether the client prefers JSON to a page (R16)."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def is_htmx() -> bool:
    """Whether a page asks for a fragment of itself."""
    return request.headers.get("HX-Request") == "true"


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead to the sign-in page and back: by redirect, by `HX-Redirect` for a fragment, by 401 for JSON.

    Who pressed something is told on that page why they are there.
    """
    address = url_for("access.login", next=_page_to_return_to())
    if wants_json():
        error = {"code": 401, "message": _("Sign in first."), "url": address}
        return jsonify(error=error), 401
    if request.method != "GET":
        flash(_("You are no longer signed in. Sign in, then repeat what you wanted to do."), "warning")
    if is_htmx():
        return _htmx_redirect(address)
    return redirect(address)


def _htmx_redirect(address: str) -> Response:
    response = make_response("", 401)
    response.headers["HX-Redirect"] = address
    return response


def _page_to_return_to() -> str | None:
    """Return the page that the person was on: a fragment or a form's target is no page to come back to."""
    if is_htmx():
        page = path_of(request.headers.get("HX-Current-URL"))
    elif request.method == "GET":
        page = request.full_path.rstrip("?")
    else:
        page = path_of(request.referrer)
    return page if page and page != "/" and is_local_path(page) else None
