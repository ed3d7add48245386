"""Bulk actions on stored rows: same identity, partial failure, dead workers, many rows (R5, R17, R19, R41)."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.assignments.queries import StoredAssignments, find_stored
from ops_admin.intune.assignments.storage import record_fetched
from ops_admin.intune.policies import changes
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion, DbSelection
from ops_admin.intune.policies.operations import POLICY_OPERATIONS, marking
from ops_admin.intune.policies.selections import keep_selection, read_selection
from ops_admin.intune.policies.states import PolicyState
from ops_admin.runs import failures, queries
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution
from tests.intune.making import add_version, make_policies, make_policy
from tests.intune.policies.bulk import run_on, start_on, states_of, version_ids_of
from tests.intune.synced import count
from tests.support.application import make_settings
from tests.support.factories import make_tenant

KEYS = [operation.key for operation in POLICY_OPERATIONS]
ON_POLICIES = [key for key in KEYS if key.startswith("policies.")]
STORED_HERE = ["policies.ignore", "policies.unignore", "policies.delete"]
ALL_DEVICES = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
ON_VERSIONS = [key for key in KEYS if key.startswith("policy_versions.")]


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: these operations do not need it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def contoso(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


def make_versions(tenant: Tenant, number: int = 3) -> list[int]:
    policy_id = make_policy(tenant)
    for position in range(number - 1):
        add_version(tenant, policy_id, {"displayName": f"Changed {position}"})
    return version_ids_of(policy_id)


@pytest.mark.parametrize("key", KEYS)
def test_the_same_selection_in_another_order_is_one_run(contoso: Tenant, key: str) -> None:
    first, again = start_on(key, contoso, [3, 1, 2]), start_on(key, contoso, [1, 2, 3, 3])

    assert (again.answer, again.run.id) == ("active", first.run.id)


@pytest.mark.parametrize("key", KEYS)
def test_another_selection_is_another_run(contoso: Tenant, key: str) -> None:
    assert start_on(key, contoso, [1, 2]).run.id != start_on(key, contoso, [1, 2, 3]).run.id


@pytest.mark.parametrize("key", KEYS)
def test_every_code_is_explained_and_every_run_carries_no_ids(contoso: Tenant, key: str) -> None:
    run = start_on(key, contoso, range(1, 5000)).run

    assert run.inputs.keys() == {"selection", "selected"}
    assert run.inputs["selected"] == 4999
    operation = next(each for each in POLICY_OPERATIONS if each.key == key)
    assert all(failures.explain(code) for code in operation.failure_codes)


@pytest.mark.parametrize("inputs", [{}, {"policy_ids": []}, {"policy_ids": ["x"]}, {"selection": "0" * 64}, {"x": 1}])
def test_an_invalid_selection_is_refused(contoso: Tenant, inputs: dict[str, object]) -> None:
    with pytest.raises(InvalidInputs):
        start("policies.ignore", actor=Actor.system(), tenant_id=contoso.id, inputs=inputs)


def test_equal_selections_are_one_row(contoso: Tenant) -> None:
    key = keep_selection([3, 1, 2])

    assert keep_selection([1, 2, 2, 3]) == key != keep_selection([1, 2])
    assert (read_selection(key), count(DbSelection)) == ([1, 2, 3], 2)


def test_the_inputs_of_a_run_start_it_again(contoso: Tenant) -> None:
    first = run_on("policies.ignore", contoso, [make_policy(contoso)])
    again = start("policies.ignore", actor=Actor.system(), tenant_id=contoso.id, inputs=first.inputs)

    assert (again.answer, again.run.run_identity_hash) == ("created", first.run_identity_hash)


def test_policies_are_ignored_and_no_longer_ignored(contoso: Tenant) -> None:
    ids = [make_policy(contoso, "Here"), make_policy(contoso, "Gone")]
    with transaction() as session:
        session.execute(update(DbPolicy).where(DbPolicy.id == ids[1]).values(missing_since=utcnow()))

    ignored = run_on("policies.ignore", contoso, ids)
    assert (ignored.outcome, states_of(contoso)) == (Outcome.SUCCEEDED, {"Here": "ignored", "Gone": "ignored"})

    run_on("policies.unignore", contoso, ids)
    assert states_of(contoso) == {"Here": "active", "Gone": "missing"}


@pytest.mark.parametrize("key", STORED_HERE)
def test_a_policy_of_another_tenant_fails_alone_and_stays(contoso: Tenant, key: str) -> None:
    state = PolicyState.IGNORED if key == "policies.unignore" else PolicyState.ACTIVE
    mine = make_policy(contoso, state=state)
    foreign = make_policy(make_tenant(), state=state)

    run = run_on(key, contoso, [mine, foreign])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [(failure.code, failure.count) for failure in run.failures] == [("policies.not_found", 1)]
    assert (run.counts["processed"], run.counts["succeeded"], run.counts["failed"]) == (2, 1, 1)
    assert db.session.get_one(DbPolicy, foreign).state == state


@pytest.mark.parametrize(
    "key", ["policies.ignore", "policies.delete", "policy_versions.archive", "policy_versions.delete"]
)
def test_a_run_that_is_begun_again_finds_what_was_done(contoso: Tenant, key: str) -> None:
    ids = make_versions(contoso)[:2] if key in ON_VERSIONS else [make_policy(contoso), make_policy(contoso)]
    assert run_on(key, contoso, ids[:1]).outcome == Outcome.SUCCEEDED

    run = run_on(key, contoso, ids)

    assert run.outcome == Outcome.SUCCEEDED
    assert (run.counts["succeeded"], run.counts["skipped"]) == (1, 1)


def test_a_deleted_policy_takes_its_versions_along_and_nothing_else(contoso: Tenant) -> None:
    gone, stays = make_policy(contoso, "Gone"), make_policy(contoso, "Stays")
    add_version(contoso, gone, {"displayName": "More"})

    run = run_on("policies.delete", contoso, [gone])

    assert run.counts["deleted"] == 1
    assert states_of(contoso) == {"Stays": "active"}
    assert db.session.scalars(select(DbPolicyVersion.policy_id)).all() == [stays]


@pytest.mark.parametrize("key", ["policy_versions.archive", "policy_versions.delete"])
def test_the_newest_version_is_refused_and_stays(contoso: Tenant, key: str) -> None:
    versions = make_versions(contoso)

    run = run_on(key, contoso, versions)

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [(failure.code, failure.count) for failure in run.failures] == [("policy_versions.newest", 1)]
    newest = db.session.get_one(DbPolicyVersion, versions[-1])
    assert (newest.number, newest.archived_at) == (3, None)


def test_versions_are_archived_and_brought_back(contoso: Tenant) -> None:
    old, older, _newest = make_versions(contoso)

    run_on("policy_versions.archive", contoso, [old, older])
    run = run_on("policy_versions.restore", contoso, [old])

    assert run.outcome == Outcome.SUCCEEDED
    archived = select(DbPolicyVersion.id).where(DbPolicyVersion.archived_at.is_not(None))
    assert db.session.scalars(archived).all() == [older]


@pytest.mark.parametrize("key", ON_VERSIONS)
def test_a_version_of_another_tenant_fails_alone_and_stays(contoso: Tenant, key: str) -> None:
    mine, foreign = make_versions(contoso)[0], make_versions(make_tenant())[0]
    for tenant_versions in [mine, foreign] if key == "policy_versions.restore" else []:
        with transaction() as session:
            values = {"archived_at": utcnow()}
            session.execute(update(DbPolicyVersion).where(DbPolicyVersion.id == tenant_versions).values(values))

    run = run_on(key, contoso, [mine, foreign])

    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert [(failure.code, failure.count) for failure in run.failures] == [("policy_versions.not_found", 1)]
    stays = db.session.get_one(DbPolicyVersion, foreign)
    assert (stays.archived_at is not None) == (key == "policy_versions.restore")


def test_fetched_assignments_outlive_the_version_they_were_stored_with(contoso: Tenant) -> None:
    policy_id = make_policy(contoso)
    add_version(contoso, policy_id, {"displayName": "Second"})
    record_fetched({policy_id: [ALL_DEVICES]}, 5, utcnow())
    add_version(contoso, policy_id, {"displayName": "Third"})
    first, second, third = version_ids_of(policy_id)

    assert run_on("policy_versions.delete", contoso, [first, second]).outcome == Outcome.SUCCEEDED

    assert find_stored(policy_id) == StoredAssignments(policy_id, 3, [ALL_DEVICES])
    assert version_ids_of(policy_id) == [third]


def test_a_deleted_version_does_not_replace_what_was_fetched_later(contoso: Tenant) -> None:
    policy_id = make_policy(contoso)
    record_fetched({policy_id: [ALL_DEVICES]}, 5, utcnow())
    add_version(contoso, policy_id, {"displayName": "Second"})
    record_fetched({policy_id: []}, 6, utcnow())

    run_on("policy_versions.delete", contoso, version_ids_of(policy_id)[:1])

    assert find_stored(policy_id) == StoredAssignments(policy_id, 2, [])


def test_a_version_number_is_never_reused(contoso: Tenant) -> None:
    versions = make_versions(contoso)
    run_on("policy_versions.delete", contoso, versions[:2])
    policy_id = db.session.get_one(DbPolicyVersion, versions[2]).policy_id

    add_version(contoso, policy_id, {"displayName": "Later"})

    numbers = select(DbPolicyVersion.number).where(DbPolicyVersion.policy_id == policy_id)
    assert sorted(db.session.scalars(numbers)) == [3, 4]


def test_ten_thousand_policies_take_short_transactions(contoso: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    make_policies(contoso, 10_000)
    ids = list(db.session.scalars(select(DbPolicy.id)))
    sizes: list[int] = []
    ignore = changes.ignore_policies

    def ignore_counted(tenant_id: int, batch: Sequence[int]) -> changes.Done:
        sizes.append(len(batch))
        return ignore(tenant_id, batch)

    monkeypatch.setattr(changes, "ignore_policies", ignore_counted)

    run = run_on("policies.ignore", contoso, ids)

    assert run.counts["succeeded"] == 10_000
    assert max(sizes) <= changes.MOST_AT_ONCE


def test_a_cancel_stops_between_two_batches(contoso: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    make_policies(contoso, 500)
    ids = list(db.session.scalars(select(DbPolicy.id)))
    monkeypatch.setattr(RunHandle, "stop_requested", lambda handle: handle.counts.get("processed", 0) > 0)

    run = run_on("policies.delete", contoso, ids)

    assert run.counts["deleted"] == 200
    assert count(DbPolicy) == 300


def test_a_requeued_bulk_action_continues_where_it_stopped_and_counts_everything(
    contoso: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "BATCH", 1)
    ids = [make_policy(make_tenant()), make_policy(contoso, "One"), make_policy(contoso, "Two")]
    run = start_on("policies.ignore", contoso, ids).run
    ignore = changes.ignore_policies
    calls: list[int] = []

    def stop_at_the_second(tenant_id: int, batch: Sequence[int]) -> changes.Done:
        calls.extend(batch)
        if len(calls) == 2:
            execution.shutting_down.set()
        return ignore(tenant_id, batch)

    monkeypatch.setattr(changes, "ignore_policies", stop_at_the_second)
    execution.execute(run.id)
    execution.shutting_down.clear()
    assert queries.get_run(run.id).status == "queued"
    execution.execute(run.id)

    done = queries.get_run(run.id)
    assert (calls, states_of(contoso)) == (ids, {"One": "ignored", "Two": "ignored"})
    assert (done.outcome, [each.count for each in done.failures]) == (Outcome.PARTIALLY_SUCCEEDED, [1])
    assert done.counts == {"total": 3, "processed": 3, "succeeded": 2, "updated": 2, "failed": 1, "skipped": 0}
