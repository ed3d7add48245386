"""Actions of apps: relationships between apps, and the target apps of a managed app policy."""

from __future__ import annotations

import uuid

from ops_admin.simulator.actions.rows import rows
from ops_admin.simulator.arrival import is_package
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.documents import revised
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals import app_bodies, foreign_ids
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def relate_apps(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`updateRelationships` replaces all relationships. Answers 204."""
    current = get_document(resource, tenant, item_id)
    relationships = [_with_id(row) for row in rows(body_of(call), "relationships")]
    if tenant.conduct.strict:
        foreign_ids.check(tenant, resource, {"relationships": relationships})
        if is_package(current):
            app_bodies.check_published(current)
    tenant.replace(resource, revised(resource, {**current, "relationships": relationships}))
    return Answer(204)


def target_apps(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`targetApps` replaces the apps that a policy applies to. Answers 204."""
    current, body = get_document(resource, tenant, item_id), body_of(call)
    apps = [_with_id(row) for row in rows(body, "apps")]
    group = {name: body[name] for name in ("appGroupType",) if name in body}
    tenant.replace(resource, revised(resource, {**current, **group, "apps": apps}))
    return Answer(204)


def _with_id(row: Document) -> Document:
    return {"id": str(uuid.uuid4()), **row}
