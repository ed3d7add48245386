"""Syncs 217 real policies and compares them with an independent count of the files."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.policies.models import DbPolicyVersion
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, CORPUS, Simulator, running_simulator
from tests.graph.test_corpus import exported, parts_of
from tests.intune.synced import count, policies_of, sync_inventory, versions_of

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of exported policies is not there")

NAME_FIELDS = {"configurationPolicies": "name", "compliancePolicies": "name"}


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--corpus", str(CORPUS)) as running:
        yield running


def written() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Type, name and settings of each file."""
    found = []
    for path in CORPUS.glob("*/*.json"):
        document, key = exported(path), path.parent.name
        found.append((key, document[NAME_FIELDS.get(key, "displayName")].strip(), parts_of(document)))
    return sorted(found)


def stored(tenant: Tenant) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Type, name and settings of each newest version."""
    found = []
    for policy in policies_of(tenant):
        content: dict[str, Any] = versions_of(policy)[-1].content
        found.append((policy.type, content[NAME_FIELDS.get(policy.type, "displayName")].strip(), parts_of(content)))
    return sorted(found)


def test_every_policy_is_stored_with_every_setting_once(tenant: Tenant, simulator: Simulator) -> None:
    run = sync_inventory(tenant)

    assert (run.outcome, run.failures, run.counts["created"]) == (Outcome.SUCCEEDED, (), 217)
    assert stored(tenant) == written()
    assert sum(len(parts) for _, _, parts in written()) > 500

    again = sync_inventory(tenant)
    assert (again.counts["created"], again.counts["updated"], count(DbPolicyVersion)) == (0, 0, 217)


def test_one_changed_setting_makes_exactly_one_version(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant)
    policy = max(policies_of(tenant, "configurationPolicies"), key=lambda each: len(versions_of(each)[0].content))
    setting = json.loads(json.dumps(versions_of(policy)[0].content["settings"][0]["settingInstance"]))
    place = f"tenants/{CONTOSO}/configurationPolicies/{policy.external_id}/set"
    changed = {**setting, "settingDefinitionId": "another_definition"}
    simulator.control("POST", place, pointer="/settings/0/settingInstance", value=changed)

    run = sync_inventory(tenant)

    assert (run.counts["created"], run.counts["updated"], count(DbPolicyVersion)) == (0, 1, 218)
    assert [version.number for version in versions_of(policy)] == [1, 2]
