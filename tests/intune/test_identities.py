"""Which inputs are part of a run's identity (R5)."""

from collections.abc import Mapping

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.intune.policies.selections import SelectionMissing, keep_selection
from ops_admin.runs.catalog import catalog
from ops_admin.runs.dispatch import start
from ops_admin.runs.failures import failure_of
from ops_admin.runs.ledger import Actor
from tests.support.factories import make_tenant

Inputs = dict[str, object]
MANY = list(range(1, 800))
ONE: Inputs = {"policy_ids": [1]}
BACKUP: Inputs = {"policy_ids": [1], "backup_set_id": 1}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


def answer(tenant: Tenant, key: str, inputs: Mapping[str, object]) -> str:
    return start(key, actor=Actor.system(), tenant_id=tenant.id, inputs=dict(inputs)).answer


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("inventory.sync", {"types": ["intents"]}, {"types": ["intents", "mobileApps"]}),
        ("backup.create", {"all": True}, {"all": True, "assignments": False}),
        ("backup.create", {"all": True}, {"types": ["intents"]}),
        ("backup.create", {"types": ["intents"]}, {"types": ["mobileApps"]}),
        ("backup.create", ONE, {"policy_ids": [2]}),
        ("backup.create", {"policy_ids": MANY}, {"policy_ids": MANY[1:]}),
        ("assignments.fetch", ONE, {"policy_ids": [2]}),
        ("assignments.fetch", ONE, {"all": True}),
        ("assignments.fetch", {"policy_ids": MANY}, {"policy_ids": MANY[1:]}),
        ("assignments.restore", ONE, {"policy_ids": [2]}),
        ("assignments.restore", {"policy_ids": MANY}, {"policy_ids": MANY[1:]}),
        ("assignments.restore", ONE, {**ONE, "mapping": {"a": "skip"}}),
        ("assignments.restore", {**ONE, "mapping": {"a": "b"}}, {**ONE, "mapping": {"a": "skip"}}),
        ("assignments.restore", ONE, {**ONE, "version": 1}),
        ("assignments.restore", {**ONE, "version": 1}, {**ONE, "version": 2}),
        ("assignments.restore", ONE, BACKUP),
        ("assignments.restore", BACKUP, {**BACKUP, "backup_set_id": 2}),
        ("assignments.restore", BACKUP, {"all": True, "backup_set_id": 1}),
        ("assignments.restore", ONE, {**ONE, "mode": "replace"}),
    ],
)
def test_another_identity_input_is_another_run(tenant: Tenant, key: str, one: Inputs, other: Inputs) -> None:
    assert answer(tenant, key, one) == "created"
    assert answer(tenant, key, other) == "created"
    assert (answer(tenant, key, one), answer(tenant, key, other)) == ("active", "active")


@pytest.mark.parametrize(
    ("key", "one", "same"),
    [
        ("backup.create", {"all": True, "name": "One"}, {"all": True, "name": "Other"}),
        ("backup.create", {"policy_ids": MANY}, {"policy_ids": MANY[::-1]}),
        ("assignments.restore", {**ONE, "mapping": {"a": "b", "c": "d"}}, {**ONE, "mapping": {"c": "d", "a": "b"}}),
        ("assignments.restore", ONE, {**ONE, "mode": "merge"}),
    ],
)
def test_inputs_with_the_same_meaning_are_the_same_run(tenant: Tenant, key: str, one: Inputs, same: Inputs) -> None:
    assert (answer(tenant, key, one), answer(tenant, key, same)) == ("created", "active")


def test_every_type_with_selections_reports_a_missing_one(tenant: Tenant) -> None:
    code = failure_of(SelectionMissing(keep_selection([1]))).code

    takers = [operation for operation in catalog if "selection" in operation.identity_inputs]
    assert len(takers) > 5
    assert not [operation.key for operation in takers if code not in operation.failure_codes]
    assert code == "policies.selection_missing"
