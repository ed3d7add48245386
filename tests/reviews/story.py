"""A tenant with a history: synced twice, changed in between, and its assignments fetched."""

from dataclasses import dataclass

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import sync_groups, sync_inventory

CATALOG = "configurationPolicies"
COMPLIANCE = "deviceCompliancePolicies"


@dataclass(frozen=True)
class Story:
    """Which policies were changed, renamed after an e-mail address, and deleted, by their ids in the tenant."""

    changed: str
    renamed: str
    deleted: str


def tell_story(tenant: Tenant, simulator: Simulator, user: User) -> Story:
    """Create the history."""
    sync_inventory(tenant, user=user)
    sync_groups(tenant)
    changed, renamed, *_ = ids_of(simulator, COMPLIANCE)
    deleted = ids_of(simulator, "deviceManagementScripts")[0]
    policies = f"tenants/{CONTOSO}"
    values = {"passwordMinimumLength": 14, "description": "Ask ada@example.com", "passwordRequired": True}
    simulator.control("PATCH", f"{policies}/{COMPLIANCE}/{changed}", **values)
    simulator.control("PATCH", f"{policies}/{COMPLIANCE}/{renamed}", displayName="=HYPERLINK(ada@example.com)")
    simulator.control("DELETE", f"{policies}/deviceManagementScripts/{deleted}")
    sync_inventory(tenant, user=user)
    fetched = start("assignments.fetch", actor=Actor.user(user), tenant_id=tenant.id, inputs={"all": True})
    execute(fetched.run.id)
    db.session.rollback()
    return Story(changed, renamed, deleted)


def ids_of(simulator: Simulator, key: str) -> list[str]:
    """Return the ids of a type's policies in the simulated tenant."""
    return [str(each["id"]) for each in simulator.control("GET", f"tenants/{CONTOSO}/{key}")["value"]]
