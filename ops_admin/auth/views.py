"""Signing in and out."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import TooManyRequests

from ops_admin.access.current import current_user
from ops_admin.access.guards import open_to_all
from ops_admin.access.redirects import local_or_home
from ops_admin.auth.authentication import authenticate
from ops_admin.auth.cookies import needs_https
from ops_admin.auth.forms import LoginForm
from ops_admin.auth.sessions import sign_in, sign_out
from ops_admin.auth.throttling import WRONG_PASSWORD, seconds_to_wait, throttle_guessing
from ops_admin.credentials.availability import signs_in_with_microsoft_in

blueprint = Blueprint("access", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@open_to_all
@throttle_guessing
def login() -> ResponseReturnValue:
    """Sign in and redirect to `next`; users who are signed in are redirected at once."""
    if request.method == "POST":
        return _check_login(LoginForm())
    if current_user() is not None:
        return redirect(_next_page())
    return login_page(LoginForm(), 200)


def _check_login(form: LoginForm) -> ResponseReturnValue:
    """Sign in, or show the error on its field, without revealing which accounts exist."""
    if not form.validate():
        return login_page(form, 422)
    user = authenticate(form.email.data, form.password.data)
    if user is None:
        form.password.errors = [_("The e-mail address or the password is not right.")]
        return login_page(form, WRONG_PASSWORD)
    sign_in(user)
    return redirect(_next_page())


@blueprint.post("/logout")
@open_to_all
def logout() -> ResponseReturnValue:
    """End the sign-in of this browser, if there is one."""
    sign_out()
    flash(_("You are signed out."), "success")
    return redirect(url_for("access.login"))


@blueprint.errorhandler(429)
def show_throttled(_error: TooManyRequests) -> ResponseReturnValue:
    """Say on the sign-in page how long to wait."""
    seconds = seconds_to_wait()
    minutes = -(-seconds // 60)
    wait = ngettext("Try again in a minute.", "Try again in %(num)d minutes.", minutes)
    message = _("There were too many attempts with a wrong password.") + " " + wait
    response = make_response(login_page(LoginForm(), 429, message))
    response.headers["Retry-After"] = str(seconds)
    return response


def login_page(form: LoginForm, status: int, message: str | None = None) -> tuple[str, int]:
    """Render the sign-in page with the e-mail address that was typed."""
    form.focus()
    arguments, microsoft_action = request.args, None
    if signs_in_with_microsoft_in(arguments.get("directory")):
        microsoft_action = url_for("microsoft.begin", next=arguments.get("next"), directory=arguments.get("directory"))
    page = render_template(
        "access/login.html",
        form=form,
        message=message,
        https_needed=needs_https(request),
        action=url_for("access.login", next=arguments.get("next")),
        microsoft_action=microsoft_action,
    )
    return page, status


def _next_page() -> str:
    return local_or_home(request.args.get("next"))
