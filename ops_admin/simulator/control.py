"""The control API under `/_sim`, with which tests and demos configure and break the running service.

Not part of Graph.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue

from ops_admin.simulator.control_conduct import conduct_routes
from ops_admin.simulator.control_data import data_routes
from ops_admin.simulator.effects import release_hanging
from ops_admin.simulator.faults import Rule
from ops_admin.simulator.pipeline import Pipeline
from ops_admin.simulator.throttle import Limits

RULE_FIELDS = frozenset({"effect", "options", "method", "path", "tenant", "times", "skip", "probability", "seed"})


class ControlError(Exception):
    """A control request that cannot be understood. The text says why."""


def add_control(app: Flask, pipeline: Pipeline) -> None:
    """Add the control API to the application."""
    control = Blueprint("control", __name__, url_prefix="/_sim")
    _state_routes(control, pipeline)
    _fault_routes(control, pipeline)
    _log_routes(control, pipeline)
    conduct_routes(control, pipeline)
    data_routes(control, pipeline)

    @control.errorhandler(ControlError)
    @control.errorhandler(ValueError)
    @control.errorhandler(TypeError)
    @control.errorhandler(LookupError)
    @control.errorhandler(re.error)
    def refuse(error: Exception) -> ResponseReturnValue:
        return jsonify(error=f"{type(error).__name__}: {error}"), 404 if isinstance(error, LookupError) else 400

    @control.before_request
    def keep_out_other_pages() -> ResponseReturnValue | None:
        """Refuse requests from other pages open in the same browser."""
        if request.headers.get("Origin", request.host_url.rstrip("/")) != request.host_url.rstrip("/"):
            return jsonify(error="requests from other pages are not served"), 403
        return None

    app.register_blueprint(control)


def _state_routes(control: Blueprint, pipeline: Pipeline) -> None:
    at_start = {"latency": pipeline.latency, "limits": _settings(pipeline)["limits"]}

    @control.get("")
    def overview() -> ResponseReturnValue:
        return jsonify(tenants=pipeline.store.counts(), **_settings(pipeline))

    @control.post("/reset")
    def reset() -> ResponseReturnValue:
        """Restore data, faults, log, limits and latency to their initial state."""
        pipeline.store.reset()
        pipeline.login.certificates = {}
        pipeline.login.signing_in.vault.revoke()
        pipeline.faults.remove()
        release_hanging()
        pipeline.journal.clear()
        _apply(pipeline, {"token_lifetime": 3599, "refused_secrets": [], **at_start})  # nosec  # seconds
        return jsonify(tenants=pipeline.store.counts())

    @control.post("/revoke")
    def revoke() -> ResponseReturnValue:
        """Invalidate all refresh tokens and authorization codes, like an administrator's "revoke sessions"."""
        pipeline.login.signing_in.vault.revoke()
        return jsonify(revoked=True)

    @control.get("/settings")
    def settings() -> ResponseReturnValue:
        return jsonify(_settings(pipeline))

    @control.put("/settings")
    def change_settings() -> ResponseReturnValue:
        _apply(pipeline, request.get_json())
        return jsonify(_settings(pipeline))


def _fault_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/faults")
    def faults() -> ResponseReturnValue:
        return jsonify(faults=[rule.shown() for rule in pipeline.faults.rules])

    @control.post("/faults")
    def add_fault() -> ResponseReturnValue:
        values = request.get_json()
        unknown = values.keys() - RULE_FIELDS
        if unknown:
            raise ControlError(f"unknown fields of a rule: {', '.join(sorted(unknown))}")
        return jsonify(pipeline.faults.add(Rule(**values)).shown()), 201

    @control.delete("/faults")
    def lift_all() -> ResponseReturnValue:
        removed = pipeline.faults.remove()
        release_hanging()
        return jsonify(removed=removed)

    @control.delete("/faults/<int:rule_id>")
    def lift(rule_id: int) -> ResponseReturnValue:
        removed = pipeline.faults.remove(rule_id)
        release_hanging()
        return jsonify(removed=removed)


def _log_routes(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/requests")
    def requests() -> ResponseReturnValue:
        """Return the log, filtered by `method`, `tenant`, `status` and `path` (a pattern).

        `count=1` omits the entries; `bodies=1` includes the bodies of writes.
        """
        wanted = {name: request.args.get(name) for name in ("method", "tenant", "status", "path")}
        found = pipeline.journal.find(bodies=bool(request.args.get("bodies")), **wanted)
        return jsonify(count=len(found), requests=[] if request.args.get("count") else found)

    @control.delete("/requests")
    def forget() -> ResponseReturnValue:
        pipeline.journal.clear()
        return jsonify(count=0)


def _settings(pipeline: Pipeline) -> dict[str, Any]:
    limits = pipeline.throttle.limits
    return {
        "latency": pipeline.latency,
        "token_lifetime": pipeline.mint.lifetime,
        "certificates": pipeline.login.certificates,
        "refused_secrets": sorted(pipeline.login.refused_secrets),
        "limits": None if limits is None else vars(limits),
        "strict": all(tenant.conduct.strict for tenant in pipeline.store.tenants.values()),
    }


def _apply(pipeline: Pipeline, values: dict[str, Any]) -> None:
    unknown = values.keys() - _settings(pipeline).keys()
    if unknown:
        raise ControlError(f"unknown settings: {', '.join(sorted(unknown))}")
    if "latency" in values:
        pipeline.latency = float(values["latency"])
    if "token_lifetime" in values:
        pipeline.mint.lifetime = int(values["token_lifetime"])
    if "certificates" in values:
        pipeline.login.certificates = {str(app): list(pems) for app, pems in values["certificates"].items()}
    if "refused_secrets" in values:
        pipeline.login.refused_secrets = frozenset(values["refused_secrets"])
    if "strict" in values:
        pipeline.store.change_conduct({"strict": bool(values["strict"])})
    if "limits" in values:
        pipeline.throttle.limits = None if values["limits"] is None else Limits.of(values["limits"])
