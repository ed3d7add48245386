"""Actions of apps: relationships between apps, and what a policy for managed apps targets and sets."""

from __future__ import annotations

import uuid

from ops_admin.simulator.actions.rows import new_rows, rows, stored
from ops_admin.simulator.app_relationships import RELATIONSHIPS, check_relationships, counts
from ops_admin.simulator.arrival import is_package
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.documents import revised
from ops_admin.simulator.managed_apps import with_apps_of_group
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals import app_bodies, foreign_ids, secret_values
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def relate_apps(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`updateRelationships` replaces all relationships. Answers 204."""
    current, body = get_document(resource, tenant, item_id), body_of(call)
    if not isinstance(body.get(RELATIONSHIPS), list):
        # Not null, nor a single one (IntuneWin32App #145).
        raise unexplained()
    found = [{**row, "id": f"{item_id}_{row.get('targetId')}"} for row in rows(body, RELATIONSHIPS)]
    if tenant.conduct.strict:
        check_relationships(current, found)
        foreign_ids.check(tenant, resource, {RELATIONSHIPS: found})
        if is_package(current):
            app_bodies.check_published(current)
    tenant.replace(resource, revised(resource, {**current, **counts(found), RELATIONSHIPS: found}))
    return Answer(204)


def target_apps(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`targetApps` replaces the apps that a policy applies to. Answers 204."""
    current, body = get_document(resource, tenant, item_id), body_of(call)
    apps = [_with_id(row) for row in rows(body, "apps")]
    group = {name: body[name] for name in ("appGroupType",) if name in body}
    changed = with_apps_of_group(resource.key, {**current, **group, "apps": apps})
    tenant.replace(resource, revised(resource, changed))
    return Answer(204)


def change_settings(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`changeSettings` replaces the settings that an app configuration has from the catalog. Answers 204."""
    settings = new_rows(resource, "settings", rows(body_of(call), "settings"))
    current = get_document(resource, tenant, item_id)
    if tenant.conduct.strict:
        secret_values.check_settings(tenant, {"settings": settings}, current)
    return stored(resource, tenant, {**current, "settings": settings})


def _with_id(row: Document) -> Document:
    return {"id": str(uuid.uuid4()), **row}
