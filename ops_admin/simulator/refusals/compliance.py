"""Compliance policies: actions for noncompliant devices."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

RULES = "scheduledActionsForRule"


def check_actions(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Exactly one action must block the device (microsoft-graph-docs #4103, TenuVault #25)."""
    if current is None or RULES in body:
        check_one_block(body.get(RULES) or [])


def check_one_block(rules: list[Any]) -> None:
    """Raise 400 unless exactly one of the actions is `block`."""
    actions = [action for rule in rules for action in rule.get("scheduledActionConfigurations") or []]
    if sum(action.get("actionType") == "block" for action in actions) != 1:
        raise bad_request("A compliance policy must have exactly one block action scheduled.", intune=True)
