"""Control API: how a tenant behaves, and what writes have caused."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ops_admin.simulator import approvals
from ops_admin.simulator.consequences import broken, live
from ops_admin.simulator.pipeline import Pipeline


def conduct_routes(control: Blueprint, pipeline: Pipeline) -> None:
    """Add the routes under `/tenants/<id>`."""
    _conduct(control, pipeline)
    _consequences(control, pipeline)
    _approvals(control, pipeline)


def _conduct(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/tenants/<tenant_id>/conduct")
    def conduct(tenant_id: str) -> ResponseReturnValue:
        with pipeline.store.lock:
            return jsonify(pipeline.store.tenants[tenant_id].conduct.shown())

    @control.put("/tenants/<tenant_id>/conduct")
    def change_conduct(tenant_id: str) -> ResponseReturnValue:
        """Change `strict`, `approvals`, `approval_status`, `withheld`, `foreign_tokens` or `publishing_seconds`."""
        with pipeline.store.lock:
            tenant = pipeline.store.tenants[tenant_id]
            tenant.conduct = tenant.conduct.changed(request.get_json())
            return jsonify(tenant.conduct.shown())


def _consequences(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/tenants/<tenant_id>/live")
    def what_is_live(tenant_id: str) -> ResponseReturnValue:
        """Return the Conditional Access policies in force, and the report-only ones."""
        with pipeline.store.lock:
            return jsonify(live(pipeline.store.tenants[tenant_id]))

    @control.get("/tenants/<tenant_id>/secrets")
    def secrets(tenant_id: str) -> ResponseReturnValue:
        """Return the plain values that Graph hides, by their tokens."""
        with pipeline.store.lock:
            return jsonify(pipeline.store.tenants[tenant_id].secrets)

    @control.get("/tenants/<tenant_id>/broken")
    def what_is_broken(tenant_id: str) -> ResponseReturnValue:
        """Return what was accepted but is broken: references to what the tenant lacks, secrets of another tenant."""
        with pipeline.store.lock:
            return jsonify(value=broken(pipeline.store.tenants[tenant_id]))


def _approvals(control: Blueprint, pipeline: Pipeline) -> None:
    @control.get("/tenants/<tenant_id>/approvals")
    def pending(tenant_id: str) -> ResponseReturnValue:
        """Return the approval requests, oldest first."""
        with pipeline.store.lock:
            return jsonify(value=list(pipeline.store.tenants[tenant_id].collection(approvals.REQUESTS).values()))

    @control.post("/tenants/<tenant_id>/approvals/<request_id>/<decision>")
    def decide(tenant_id: str, request_id: str, decision: str) -> ResponseReturnValue:
        """Record a second administrator's decision, `approved` or `rejected`. `{"by": "…"}` names the administrator."""
        values = request.get_json(silent=True) or {}
        with pipeline.store.lock:
            tenant = pipeline.store.tenants[tenant_id]
            return jsonify(approvals.decide(tenant, request_id, decision, str(values.get("by", "Second Admin"))))
