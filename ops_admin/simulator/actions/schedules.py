"""Scheduled actions for noncompliant devices, always written all at once."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.actions.rows import new_rows, rows, stored
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals import compliance, foreign_ids
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

RULES = "scheduledActionsForRule"


def schedule_actions(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Replace the scheduled actions of a compliance policy."""
    rules = rows(body_of(call), "deviceComplianceScheduledActionForRules")
    if tenant.conduct.strict:
        compliance.check_one_block(rules)
    return _scheduled(resource, tenant, get_document(resource, tenant, item_id), rules)


def set_scheduled_actions(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """The same action for Linux policies, under another name."""
    rules = rows(body_of(call), "scheduledActions")
    return _scheduled(resource, tenant, get_document(resource, tenant, item_id), rules)


def _scheduled(resource: Resource, tenant: Tenant, current: Document, rules: list[Any]) -> Answer:
    rules = new_rows(resource, RULES, rules)
    if tenant.conduct.strict:
        foreign_ids.check(tenant, resource, {RULES: rules})
    return stored(resource, tenant, {**current, RULES: rules})
