"""How a visitor is asked to sign in, in the format of the request."""

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.redirects import is_local_path, path_of


def wants_json() -> bool:
    """Whether the client prefers JSON to a page (R16)."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def is_htmx() -> bool:
    """Whether the request comes from htmx, for a fragment of a page."""
    return request.headers.get("HX-Request") == "true"


def ask_to_sign_in() -> ResponseReturnValue:
    """Send the visitor to the sign-in page: by redirect, by `HX-Redirect` for htmx, by 401 for JSON.

    After a POST the sign-in page says that the action must be repeated.
    """
    address = url_for("access.login", next=_page_to_return_to())
    if wants_json():
        error = {"code": 401, "message": _("Sign in first."), "url": address}
        return jsonify(error=error), 401
    if request.method != "GET":
        flash(_("You are no longer signed in. Sign in, then repeat what you wanted to do."), "warning")
    if is_htmx():
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def _page_to_return_to() -> str | None:
    """Return the page that the visitor was on; a fragment or a form's target is not a page to return to."""
    if is_htmx():
        page = path_of(request.headers.get("HX-Current-URL"))
    elif request.method == "GET":
        page = request.full_path.rstrip("?")
    else:
        page = path_of(request.referrer)
    return page if page and page != "/" and is_local_path(page) else None
