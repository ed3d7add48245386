"""Limits on wrong passwords (R38), per address and per account.

An attempt is counted before the password is checked, and given back unless it was wrong. Otherwise simultaneous
guesses would all pass under the limit.
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
    """Count in Redis if there are several processes, else, or while Redis is down, in this process."""
    settings: Settings = app.config["SETTINGS"]
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    limiter.init_app(app)
    app.after_request(_give_back)


def throttle_guessing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a POST (429) after too many wrong passwords from one address or for one account.

    Successful sign-ins do not count, so that many people behind one address do not lock each other out.
    """
    for limit, key in ((PER_ADDRESS, get_remote_address), (PER_ACCOUNT, _account)):
        view = limiter.limit(limit, key_func=key, methods=["POST"])(view)
    return view


def seconds_to_wait() -> int:
    """Return how many seconds the limit that was just hit lasts."""
    hit = limiter.current_limit
    return max(1, int(hit.reset_at - time.time())) if hit else 60


def _give_back(response: Response) -> Response:
    if request.endpoint == _SIGN_IN and response.status_code != WRONG_PASSWORD:
        for counted in limiter.current_limits:
            limiter.limiter.hit(counted.limit, *counted.request_args, cost=-1)
    return response


def _account() -> str:
    # Hashed, because counters may be in Redis, and an e-mail address is personal data.
    typed = request.form.get("email", "").strip().lower()
    return hashlib.sha256(typed.encode()).hexdigest()
