"""A changed secret is a change of its policy; nothing else about secrets is (R40, R56)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from ops_admin.access.queries import Tenant
from ops_admin.graph.canonical import content_hash
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.observations import Observation
from ops_admin.intune.policies.operations.sealing import seal_old_versions
from ops_admin.intune.policies.queries import find_content, read_current_contents, reveal_version
from ops_admin.intune.policies.storage import record_observations
from tests.graph.simulated import Simulator
from tests.intune.secrets.planting import CUSTOM, NETWORK, SECRETS, VPN, leaked, rows
from tests.intune.synced import policies_of, run_operation, sync_inventory, versions_of
from tests.support.periodic import run_periodic

TYPE = "deviceConfigurations"
ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"


def numbers(tenant: Tenant) -> dict[str, int]:
    return {policy.name: policy.current_version for policy in policies_of(tenant, TYPE)}


def policy_named(tenant: Tenant, name: str) -> DbPolicy:
    return next(policy for policy in policies_of(tenant, TYPE) if policy.name == name)


def change(simulator: Simulator, tenant: Tenant, policy: DbPolicy, **values: Any) -> None:
    simulator.control("PATCH", f"tenants/{tenant.external_id}/{TYPE}/{policy.external_id}", **values)


def give_vpn_secret(simulator: Simulator, tenant: Tenant, value: str) -> None:
    policy = policy_named(tenant, VPN)
    change(simulator, tenant, policy, customData=[{"key": "password", "value": value}])


def test_a_changed_secret_is_a_new_version_and_an_unchanged_one_is_not(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    before = {policy.name: policy.content_hash for policy in policies_of(tenant, TYPE)}
    sync_inventory(tenant, TYPE)
    assert numbers(tenant) == {CUSTOM: 1, VPN: 1, NETWORK: 1}

    give_vpn_secret(simulator, tenant, "another-planted-vpn")
    sync_inventory(tenant, TYPE)

    assert numbers(tenant) == {CUSTOM: 1, VPN: 2, NETWORK: 1}
    assert policy_named(tenant, VPN).content_hash != before[VPN]


def test_the_hash_does_not_depend_on_the_ciphertext(tenant: Tenant) -> None:
    sync_inventory(tenant, TYPE)
    (version,) = versions_of(policy_named(tenant, CUSTOM))
    assert version.content_hash == content_hash(version.content)
    assert version.sealed_secrets is not None
    assert version.sealed_secrets not in str(version.content)


def test_a_version_can_be_opened(tenant: Tenant) -> None:
    sync_inventory(tenant, TYPE)

    revealed = reveal_version(policy_named(tenant, CUSTOM).id, 1)

    assert revealed is not None
    assert [(each.label, each.is_known, each.value) for each in revealed.settings] == [
        ("Licence", True, SECRETS["custom setting"])
    ]


def test_a_version_that_was_added_for_its_assignments_keeps_its_secrets(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    policy = policy_named(tenant, VPN)
    change(simulator, tenant, policy, assignments=[{"id": "1", "target": {"@odata.type": ALL_DEVICES}}])

    run_operation("assignments.fetch", tenant, None, {"policy_ids": [policy.id]})
    run_periodic("policy_secrets.seal")

    assert numbers(tenant)[VPN] == 2
    revealed = reveal_version(policy.id, 2)
    assert revealed is not None
    assert leaked(str(revealed.content)) == {SECRETS["VPN"]}


def as_before_the_upgrade(tenant: Tenant, simulator: Simulator, name: str) -> DbPolicy:
    """Let the stored policy be as a console left it that took no secrets out."""
    policy = policy_named(tenant, name)
    shown = simulator.client(tenant=tenant.external_id).get(f"deviceManagement/{TYPE}/{policy.external_id}")
    plain = {key: value for key, value in shown.items() if "@odata.context" not in key}
    with transaction() as session:
        session.delete(session.get_one(DbPolicyVersion, versions_of(policy)[0].id))
        session.flush()
        old = {"number": 1, "content": plain, "content_hash": content_hash(plain), "content_bytes": 1}
        session.add(DbPolicyVersion(policy_id=policy.id, captured_at=utcnow(), **old))
        session.execute(update(DbPolicy).where(DbPolicy.id == policy.id).values(content_hash=content_hash(plain)))
    return policy_named(tenant, name)


@pytest.mark.parametrize("name", [CUSTOM, VPN])
def test_the_upgrade_makes_no_new_versions(tenant: Tenant, simulator: Simulator, name: str) -> None:
    sync_inventory(tenant, TYPE)
    former = as_before_the_upgrade(tenant, simulator, name).content_hash

    sync_inventory(tenant, TYPE)

    policy = policy_named(tenant, name)
    assert policy.current_version == 1
    assert policy.content_hash != former


def test_after_the_upgrade_a_changed_secret_is_noticed(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    as_before_the_upgrade(tenant, simulator, VPN)
    sync_inventory(tenant, TYPE)

    give_vpn_secret(simulator, tenant, "another-planted-vpn")
    sync_inventory(tenant, TYPE)

    assert numbers(tenant)[VPN] == 2


def test_versions_from_before_the_upgrade_are_masked_where_they_are_read(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    policy = as_before_the_upgrade(tenant, simulator, VPN)
    assert leaked(rows()) == {SECRETS["VPN"]}

    assert leaked(find_content(policy.id, 1) or "") == set()
    assert leaked(str(read_current_contents([policy.id]))) == set()
    revealed = reveal_version(policy.id, 1)
    assert revealed is not None
    assert leaked(str(revealed.content)) == {SECRETS["VPN"]}


def test_housekeeping_seals_versions_of_earlier_consoles(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    policy = as_before_the_upgrade(tenant, simulator, VPN)
    version_id = versions_of(policy)[0].id

    run_periodic("policy_secrets.seal")

    assert leaked(rows()) == set()
    (version,) = versions_of(policy)
    assert (version.id, version.content_hash) == (version_id, content_hash(version.content))
    assert policy_named(tenant, VPN).content_hash == version.content_hash
    revealed = reveal_version(policy.id, 1)
    assert revealed is not None
    assert leaked(str(revealed.content)) == {SECRETS["VPN"]}
    sync_inventory(tenant, TYPE)
    assert numbers(tenant)[VPN] == 1


def test_housekeeping_looks_at_each_version_once(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, TYPE)
    as_before_the_upgrade(tenant, simulator, VPN)
    assert [seal_old_versions(), seal_old_versions()] == [1, 0]
    assert {version.sealed_secrets is None for p in policies_of(tenant, TYPE) for version in versions_of(p)} == {False}


def test_a_policy_that_was_never_read_gets_its_first_version(tenant: Tenant) -> None:
    seen = utcnow()
    record_observations(tenant.id, TYPE, [Observation("x", "X", seen, failure_code="graph.timeout")], 1)
    content = {"id": "x"}
    whole = Observation("x", "X", seen + timedelta(seconds=1), content, content_hash(content))

    record_observations(tenant.id, TYPE, [whole], 2)

    assert numbers(tenant)["X"] == 1
