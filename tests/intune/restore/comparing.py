"""Compares two tenants after a restore: the content of their policies, and the targets of their assignments."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ops_admin.access.queries import Tenant
from ops_admin.graph.resources import POLICY_TYPES, PolicyType
from ops_admin.graph.rollouts import has_begun
from ops_admin.graph.unwritable import needs_package
from ops_admin.intune.restore.drafting import copy_restore
from ops_admin.intune.restore.queries import Restore
from ops_admin.references.declared import find
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import SYSTEM, fresh, held, preview, writes_to
from tests.intune.synced import policies_of

Document = dict[str, Any]
ASSIGNED = [each for each in POLICY_TYPES if each.assignable]
# A context is made by a PATCH to a free id.
CONTEXT = "/authenticationContextClassReferences/"
# Assignments, messages and pictures are written one by one.
ONE_BY_ONE = ("/assignments", "/localizedNotificationMessages", "/intuneBrandingProfiles/")


def by_name(simulator: Simulator, source: Tenant, target: Tenant) -> dict[str, str | None]:
    """Map each group of the source to the target's first group of that name, or to one that always exists."""
    names = {each["displayName"]: each["id"] for each in reversed(held(simulator, target, "groups"))}
    spare = names["Fabrikam - All Staff"]
    return {each["id"]: names.get(each["displayName"], spare) for each in held(simulator, source, "groups")}


def targets_of(document: Document, mapping: Mapping[str, str | None] | None = None) -> list[tuple[str, object, object]]:
    """Kind, group and intent of each assignment; with a mapping, in terms of the other tenant's groups."""
    found = set()
    for each in document.get("assignments", []):
        target, group = each["target"], each["target"].get("groupId")
        found.add((target["@odata.type"], mapping.get(group) if mapping else group, each.get("intent")))
    return sorted(found, key=str)


def assert_same(simulator: Simulator, source: Tenant, target: Tenant, mapping: Mapping[str, str | None]) -> None:
    """Check that the policies have the same content, and that assignments target the mapped groups.

    The target may have more than the source.
    """
    own = {name for each in POLICY_TYPES for name in names_with_references(simulator, source, each)}
    hashes = [
        {(each.type, each.name, each.content_hash) for each in policies_of(tenant) if each.name not in own}
        for tenant in (source, target)
    ]
    defaults = {each for each in hashes[0] if each[1] in ("All Users", "All users and all devices")}
    names = {each["displayName"] for each in held(simulator, source, "mobileApps") if needs_package(each, "mobileApps")}
    packages = {each for each in hashes[0] if each[1] in names}
    wanted = hashes[0] - defaults - packages
    more = {each[:2] for each in hashes[1] - wanted}
    assert wanted <= hashes[1]
    assert {each[:2] for each in wanted} & more == set()
    for policy_type in ASSIGNED:
        there = {each[policy_type.name_field]: targets_of(each) for each in held(simulator, target, policy_type.key)}
        here = held(simulator, source, policy_type.key)
        expected = {each[policy_type.name_field]: targets_of(each, mapping) for each in here}
        both = there.keys() & expected.keys()
        assert {name: there[name] for name in both} == {name: expected[name] for name in both}


def names_with_references(simulator: Simulator, tenant: Tenant, policy_type: PolicyType) -> list[str]:
    """The policies whose content contains ids of their own tenant, so that it differs in another one."""
    return [
        each[policy_type.name_field]
        for each in held(simulator, tenant, policy_type.key)
        if find(each, policy_type.key) or is_another_elsewhere(each)
    ]


def is_another_elsewhere(policy: Document) -> bool:
    """Whether its content differs in another tenant for another reason: uploaded templates, rollouts that are over."""
    return policy.get("policyConfigurationIngestionType") == "custom" or has_begun(policy.get("rolloutSettings"))


def provide(simulator: Simulator, source: Tenant, target: Tenant) -> None:
    """Give the target what a restore does not create: packages of apps, compliance scripts, reusable settings."""
    for key in ("mobileApps", "deviceComplianceScripts", "reusablePolicySettings"):
        rows = [each for each in held(simulator, source, key) if key != "mobileApps" or needs_package(each, key)]
        copies = [
            {**each, "id": str(uuid4()), "assignments": [], "categories": [], "relationships": []} for each in rows
        ]
        simulator.control("POST", f"tenants/{target.external_id}/{key}", value=copies)


def preview_again(restore: Restore) -> Restore:
    again = copy_restore(fresh(restore), SYSTEM)
    preview(again)
    return again


def assert_written_once(simulator: Simulator, target: Tenant, *, created: int) -> None:
    """Check that every policy was created by one request and assigned by at most one."""
    collections = {f"/{each.version}/{each.path}" for each in POLICY_TYPES}
    paths = [path for _, path in writes_to(simulator, target)]
    made = [path for path in paths if path in collections or path.endswith("/createInstance") or CONTEXT in path]
    others = [path for path in paths if path not in made and not any(part in path for part in ONE_BY_ONE)]
    assert len(made) == created
    assert len(others) == len(set(others))
