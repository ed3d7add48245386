"""Security headers, cookie flags, CSRF protection and trusted proxies, for every response (R38)."""

from flask import Flask, Response, request
from flask_talisman import DENY, Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from ops_admin.auth.cookies import ConsoleSessions
from ops_admin.config import Settings
from ops_admin.infra.extensions import csrf

MAX_BODY_BYTES = 2 * 1024 * 1024

# Tabler's form controls use data: images; everything else comes from our own origin.
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
PERMISSIONS_POLICY = dict.fromkeys(("browsing-topics", "camera", "geolocation", "microphone", "payment", "usb"), "()")


def bind(app: Flask) -> None:
    """Set up CSRF protection, cookie flags, security headers, size limits and trusted proxies."""
    settings: Settings = app.config["SETTINGS"]
    app.session_interface = ConsoleSessions()
    app.config.update(
        SESSION_COOKIE_NAME="ops_admin_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        # A console stays open all day, so forms are valid as long as their sign-in.
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    _add_headers(app, settings)
    proxies = settings.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the documented way to add a middleware
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )


def _add_headers(app: Flask, settings: Settings) -> None:
    # Browsers apply form-action to redirects after a form as well, and the sign-in form redirects to Microsoft, always:
    # a tenant may get an application of its own while the console runs.
    forms_lead_to = f"'self' {settings.login_url}"
    Talisman(
        app,
        content_security_policy={**CONTENT_SECURITY_POLICY, "form-action": forms_lead_to},
        permissions_policy=PERMISSIONS_POLICY,
        frame_options=DENY,
        referrer_policy="same-origin",
        force_https=False,
        session_cookie_secure=False,  # decided for each request by ConsoleSessions
        strict_transport_security_include_subdomains=False,
    )
    app.after_request(_keep_out_of_caches)


def _keep_out_of_caches(response: Response) -> Response:
    """Keep pages out of the browser's cache, or its Back button would show them after signing out."""
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response
