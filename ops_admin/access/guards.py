"""The guards: every view has exactly one of these decorators, and a view without one is refused (R36, R37)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

from flask import Flask, abort, current_app, request
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.current import current_user
from ops_admin.access.navigation import remember_tenant
from ops_admin.access.prompts import ask_to_sign_in, is_htmx, wants_json
from ops_admin.access.queries import get_tenant
from ops_admin.access.rights import Rights, current_rights

View = Callable[..., ResponseReturnValue]

OPEN_ENDPOINTS = frozenset({"static"})
"""Views of libraries that cannot be decorated and are open to all."""


class NotVisible(LookupError):
    """The object does not exist for this user (404)."""


class NotAllowed(PermissionError):
    """The user may know of the object, but lacks the capability (403)."""


@dataclass(frozen=True)
class Guard:
    """What a view requires of its visitors."""

    kind: Literal["open", "signed_in", "tenant"]
    capability: Capability | None = None


def guard_of(view: object) -> Guard | None:
    """Return the guard of a view, if it has one."""
    found = getattr(view, "guard", None)
    return found if isinstance(found, Guard) else None


def open_to_all(view: View) -> View:
    """Allow everybody, without signing in. Keep this list short."""
    return _marked(view, view, Guard("open"))


def signed_in(view: View) -> View:
    """Allow everybody who is signed in; the view limits what they see by `current_rights()`."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if current_user() is None:
            return ask_to_sign_in()
        return view(*args, **kwargs)

    return _marked(view, guarded, Guard("signed_in"))


def for_tenant(capability: Capability) -> Callable[[View], View]:
    """Allow users with `capability` on the tenant of the route (`<int:tenant_id>`).

    The view receives `tenant` instead of `tenant_id`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(tenant_id: int, **kwargs: Any) -> ResponseReturnValue:
            if current_user() is None:
                return ask_to_sign_in()
            require_tenant(current_rights(), tenant_id, capability)
            if request.method == "GET" and not is_htmx() and not wants_json():
                remember_tenant(tenant_id)
            return view(tenant=get_tenant(tenant_id), **kwargs)

        return _marked(view, guarded, Guard("tenant", capability))

    return decorate


def require_tenant(rights: Rights, tenant_id: int, capability: Capability) -> None:
    """Raise NotVisible for a tenant of another workspace, NotAllowed without `capability` on it."""
    if not rights.is_member_for_tenant(tenant_id):
        raise NotVisible(f"no tenant {tenant_id}")
    if not rights.may(capability, tenant_id):
        raise NotAllowed(f"{capability} is needed on this tenant")


def require_workspace(rights: Rights, workspace_id: int, capability: Capability) -> None:
    """Raise NotVisible for another workspace, NotAllowed without `capability` in it."""
    if workspace_id not in rights.workspaces:
        raise NotVisible(f"no workspace {workspace_id}")
    if not rights.may_in_workspace(capability, workspace_id):
        raise NotAllowed(f"{capability} is needed in this workspace")


def bind(app: Flask) -> None:
    """Refuse every view without a guard."""
    app.before_request(deny_unmarked)


def deny_unmarked() -> None:
    """Refuse a view without a guard; an address without a view gets its 404 as usual."""
    if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
        return
    if guard_of(current_app.view_functions[request.endpoint]) is None:
        current_app.logger.error("view %s has no guard and stays shut", request.endpoint)
        abort(403)


def _marked(original: View, guarded: View, guard: Guard) -> View:
    if guard_of(original) is not None:
        raise TypeError(f"{original.__qualname__} has a guard already")
    guarded.guard = guard  # type: ignore[attr-defined]  # read by guard_of
    return guarded
