"""What a sign-in keeps in the store: msal's cache for each tenant, and a flow in progress."""

import hashlib
import json
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, current_app, session

from ops_admin.access.current import current_sign_in, current_sign_in_key
from ops_admin.auth.microsoft.store import Store, open_store
from ops_admin.config import Settings
from ops_admin.infra.database import utcnow

TOKEN_LIFETIME = timedelta(hours=4)
"""Counted from signing in with Microsoft for a tenant; a sign-out ends it at once."""

_FLOW_SECONDS = 600
_EXTENSION = "ops_admin_delegated"
_PURPOSE = "delegated tokens"
_TICKET = "microsoft_ticket"

Kept = dict[str, tuple[str, float]]


@dataclass(frozen=True)
class Pending:
    """A sign-in at Microsoft in progress: msal's state of it (state, nonce, PKCE verifier), and its purpose."""

    flow: dict[str, Any]
    directory: str
    next_page: str | None = None
    tenant_id: int | None = None
    sign_in_id: str | None = None


def bind(app: Flask) -> None:
    """Open the store."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[_EXTENSION] = open_store(settings)


def keep_pending(pending: Pending) -> None:
    """Keep a flow in progress for some minutes; only this browser's session can take it, once."""
    ticket = secrets.token_urlsafe(32)
    _store().put(f"flow:{_name(ticket)}", _key(ticket), json.dumps(asdict(pending)), _FLOW_SECONDS)
    session[_TICKET] = ticket


def take_pending() -> Pending | None:
    """Return the flow that this browser started last, unless it was taken before or is too old."""
    ticket = session.pop(_TICKET, None)
    if not isinstance(ticket, str):
        return None
    name = f"flow:{_name(ticket)}"
    text = _store().find(name, _key(ticket))
    _store().forget(name)
    return Pending(**json.loads(text)) if text else None


def keep_token(tenant_id: int, cache: str) -> datetime:
    """Keep msal's cache for a tenant and this sign-in; returns its expiry."""
    until = utcnow() + TOKEN_LIFETIME
    _write({**_read(), str(tenant_id): (cache, until.timestamp())})
    return until.astimezone(UTC)


def replace_token(tenant_id: int, cache: str) -> None:
    """Replace the cache after a token was refreshed; its expiry stays."""
    kept = _read()
    if str(tenant_id) in kept:
        _write({**kept, str(tenant_id): (cache, kept[str(tenant_id)][1])})


def find_token(tenant_id: int) -> str | None:
    """Return msal's cache for a tenant, unless it has expired."""
    kept = _read().get(str(tenant_id))
    return kept[0] if kept else None


def forget_token(tenant_id: int) -> None:
    """Delete what is kept for a tenant."""
    _write({key: value for key, value in _read().items() if key != str(tenant_id)})


def forget_sign_in(sign_in_id: str) -> None:
    """Delete everything that is kept for a sign-in that has ended."""
    _store().forget(f"token:{sign_in_id}")


def _read() -> Kept:
    sign_in = current_sign_in()
    if sign_in is None:
        return {}
    text = _store().find(f"token:{sign_in.id}", current_sign_in_key(_PURPOSE))
    found: dict[str, list[Any]] = json.loads(text) if text else {}
    return {key: (cache, until) for key, (cache, until) in found.items() if until > time.time()}


def _write(kept: Kept) -> None:
    sign_in = current_sign_in()
    if sign_in is None:
        return
    if not kept:
        _store().forget(f"token:{sign_in.id}")
        return
    seconds = int(max(until for _, until in kept.values()) - time.time()) + 1
    _store().put(f"token:{sign_in.id}", current_sign_in_key(_PURPOSE), json.dumps(kept), seconds)


def _store() -> Store:
    store: Store = current_app.extensions[_EXTENSION]
    return store


def _name(ticket: str) -> str:
    return hashlib.sha256(b"name" + ticket.encode()).hexdigest()


def _key(ticket: str) -> bytes:
    return hashlib.sha256(b"key" + ticket.encode()).digest()
