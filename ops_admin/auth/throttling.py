"""How often somebody may guess a password (R38): counted per address and per account, failures only.

A try is paid for before the password is looked at, and given back unless it was wrong: else as many guesses as arrive
at once would all find the last one free.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask_limiter.util import get_remote_address

from ops_admin.config import Settings
from ops_admin.infra.extensions import limiter

PER_ADDRESS = "20 per 5 minutes"
PER_ACCOUNT = "10 per 5 minutes"
WRONG_PASSWORD = 401
_SIGN_IN = "access.login"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def bind(app: Flask) -> None:
    """Count in Redis when there are several processes, else in this one, as also while Redis is away."""
    settings: Settings = app.config["SETTINGS"]
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    limiter.init_app(app)
    app.after_request(_give_back)


def throttle_guessing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a POST (429) after too many wrong passwords from one address or for one account.

    Signing in rightly costs nothing, so that many people behind one address do not lock each other out.
    """
    for limit, key in ((PER_ADDRESS, get_remote_address), (PER_ACCOUNT, _account)):
        view = limiter.limit(limit, key_func=key, methods=["POST"])(view)
    return view


def seconds_to_wait() -> int:
    """Return how long the limit that was just hit still lasts."""
    hit = limiter.current_limit
    return max(1, int(hit.reset_at - time.time())) if hit else 60


def _give_back(response: Response) -> Response:
    if request.endpoint == _SIGN_IN and response.status_code != WRONG_PASSWORD:
        for paid in limiter.current_limits:
            limiter.limiter.hit(paid.limit, *paid.request_args, cost=-1)
    return response


def _account() -> str:
    # Hashed: counters may live in Redis, and an e-mail address is personal.
    typed = request.form.get("email", "").strip().lower()
    return hashlib.sha256(typed.encode()).hexdigest()
