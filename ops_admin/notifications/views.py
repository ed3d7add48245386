"""The inbox and the bell. Users see only their own notifications (R28)."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ops_admin.access.current import current_user
from ops_admin.access.guards import signed_in
from ops_admin.access.queries import User
from ops_admin.access.rights import current_rights
from ops_admin.notifications import queries, reading
from ops_admin.runs.queries import runs_by_id, scope_of
from ops_admin.web.keyset import page_url, read_cursor

blueprint = Blueprint("notifications", __name__)


def bell_context() -> dict[str, Any]:
    """Provide the count for every page's bell. It is queried only where it is shown."""
    return {"unread_notifications": unread_notifications}


def unread_notifications() -> int:
    """Return how many notifications the reader of this page has not read (up to 100)."""
    user = current_user()
    return queries.unread_count(user.id) if user else 0


@blueprint.get("/notifications")
@signed_in
def inbox() -> ResponseReturnValue:
    """List the notifications, newest first."""
    cursor = read_cursor(request.args)
    page = queries.inbox(_reader().id, cursor)
    told_of = runs_by_id(scope_of(current_rights()), [notification.operation_run_id for notification in page.rows])
    return render_template(
        "notifications/inbox.html",
        page=page,
        cursor=cursor,
        runs={run.id: run for run in told_of},
        next_url=page_url(request.path, {}, page.next),
        previous_url=page_url(request.path, {}, page.previous),
    )


@blueprint.get("/notifications/bell")
@signed_in
def bell() -> ResponseReturnValue:
    """Render the bell again, for a page whose socket was disconnected."""
    return render_template("notifications/_bell.html")


@blueprint.post("/notifications/<int:notification_id>/read")
@signed_in
def read(notification_id: int) -> ResponseReturnValue:
    """Mark one of the reader's own notifications as read. 404 for another user's."""
    user = _reader()
    if queries.find_own(user.id, notification_id) is None:
        abort(404)
    reading.mark_read(user.id, notification_id)
    return _answer(user)


@blueprint.post("/notifications/read-all")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark all of the reader's own notifications as read."""
    user = _reader()
    reading.mark_all_read(user.id)
    return _answer(user)


def _reader() -> User:
    user = current_user()
    if user is None:  # the guard lets nobody else in
        abort(401)
    return user


def _answer(user: User) -> ResponseReturnValue:
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"unread": queries.unread_count(user.id)}
    return redirect(url_for("notifications.inbox"), 303)
