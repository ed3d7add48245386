"""OData actions: types whose parts are written by a call of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_admin.simulator.actions.apps import change_settings, relate_apps, target_apps
from ops_admin.simulator.actions.intents import create_intent, update_intent
from ops_admin.simulator.actions.ordering import set_priority
from ops_admin.simulator.actions.policy_sets import update_policy_set
from ops_admin.simulator.actions.schedules import schedule_actions, set_scheduled_actions
from ops_admin.simulator.actions.strengths import update_combinations
from ops_admin.simulator.actions.templates import update_definition_values
from ops_admin.simulator.assigning import assign
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.errors import unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals.bodies import check_parameters
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant

__all__ = ["create_intent", "perform"]

Action = Callable[[Call, Resource, Tenant, str], Answer]

ACTIONS: Mapping[tuple[str, str], Action] = {
    ("*", "assign"): assign,
    ("androidManagedAppProtections", "targetApps"): target_apps,
    ("authenticationStrengthPolicies", "updateAllowedCombinations"): update_combinations,
    ("compliancePolicies", "setScheduledActions"): set_scheduled_actions,
    ("deviceCompliancePolicies", "scheduleActionsForRules"): schedule_actions,
    ("deviceEnrollmentConfigurations", "setPriority"): set_priority,
    ("groupPolicyConfigurations", "updateDefinitionValues"): update_definition_values,
    ("intents", "updateSettings"): update_intent,
    ("iosManagedAppProtections", "targetApps"): target_apps,
    ("mobileApps", "updateRelationships"): relate_apps,
    ("policySets", "update"): update_policy_set,
    ("targetedManagedAppConfigurations", "changeSettings"): change_settings,
    ("targetedManagedAppConfigurations", "targetApps"): target_apps,
    ("windowsManagedAppProtections", "targetApps"): target_apps,
}


def perform(call: Call, resource: Resource, tenant: Tenant, item_id: str, name: str) -> Answer:
    """Return the answer to the named action on a document. Raises 400 if its type has no such action."""
    action = ACTIONS.get((resource.key, name)) or ACTIONS.get(("*", name))
    if action is None:
        raise unknown_segment(name)
    get_document(resource, tenant, item_id)
    if tenant.conduct.strict:
        check_parameters(resource, name, body_of(call))
    return action(call, resource, tenant, item_id)
