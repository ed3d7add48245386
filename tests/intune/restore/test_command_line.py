"""`ops-admin restore`: preview, groups, execution, through the same guard as every start surface (R37, R53)."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import delete

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.infra.database import db, transaction
from ops_admin.intune.assignments.mapping import filter_ids_of, group_ids_of
from ops_admin.intune.backups.queries import BackupSet, list_all_items, read_item
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.filters import list_filters
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import held, make_backup, writes_to
from tests.intune.synced import sync_groups
from tests.support.environment import console_environment
from tests.support.factories import make_member

SCRIPTS = "deviceManagementScripts"


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=[SCRIPTS])


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a run executes it, as a worker in this process would."""

    def work(run: Run) -> Run:
        execute(run.id)
        db.session.rollback()
        return get_run(run.id)

    # The package's attribute of this name is the command, not its module.
    monkeypatch.setattr(importlib.import_module("ops_admin.cli.restore"), "wait_for_end", work)


@pytest.fixture
def restore(
    app_context: Flask, simulator: Simulator, database_url: str, tmp_path: Path, backup: BackupSet, target: Tenant
) -> "Command":
    graph = {"OPS_ADMIN_GRAPH_URL": simulator.url, "OPS_ADMIN_LOGIN_URL": simulator.url}
    return Command(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url, **graph), backup, target)


class Command:
    """Runs `ops-admin restore` of the backup into the target."""

    def __init__(self, environment: dict[str, str], backup: BackupSet, target: Tenant) -> None:
        self.environment = environment
        self.words = ["restore", "--backup-set", str(backup.id), "--to", target.external_id]

    def __call__(self, *words: str) -> Result:
        result = CliRunner(env=self.environment).invoke(main, [*self.words, *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        db.session.rollback()
        return result

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def groups(backup: BackupSet) -> list[str]:
    """The source groups to which the backed-up policies are assigned."""
    documents = [read_item(item.id) for item in list_all_items(backup.id)]
    return sorted({group for each in documents if each for group in group_ids_of(each.assignments or [])})


@pytest.fixture
def mapped(simulator: Simulator, source: Tenant, target: Tenant, groups: list[str]) -> list[str]:
    """Arguments that map each of them."""
    names = by_name(simulator, source, target)
    return [word for group in groups for word in ("--map", f"{group}={names[group]}")]


def skipped(groups: list[str]) -> list[str]:
    return [word for group in groups for word in ("--map", f"{group}=skip")]


def forget_groups(tenant: Tenant) -> None:
    with transaction() as session:
        session.execute(delete(DbDirectoryGroup).where(DbDirectoryGroup.tenant_id == tenant.id))


def add_twins(simulator: Simulator, tenant: Tenant, name: str) -> list[str]:
    """Create two scripts with the same name in the tenant. Returns their ids."""
    twins = [{"displayName": name, "description": word, "scriptContent": "eA=="} for word in ("first", "second")]
    simulator.control("POST", f"tenants/{tenant.external_id}/{SCRIPTS}", value=twins)
    return [each["id"] for each in held(simulator, tenant, SCRIPTS)]


@pytest.mark.usefixtures("worked")
def test_without_execute_nothing_is_written(restore: Command, target: Tenant, simulator: Simulator) -> None:
    simulator.control("DELETE", "requests")
    answer = restore.json("--wait")

    assert (answer["outcome"], answer["actions"]) == ("succeeded", {"create": 2})
    assert writes_to(simulator, target) == []
    found = queries.find_restore(answer["restore_run_id"])
    assert found
    assert found.status == "previewed"


@pytest.mark.usefixtures("worked")
def test_with_execute_it_previews_and_then_writes(
    restore: Command, target: Tenant, simulator: Simulator, mapped: list[str]
) -> None:
    answer = restore.json("--execute", "--wait", *mapped)

    assert (answer["outcome"], answer["results"]) == ("succeeded", {"written": 2})
    assert answer["preview_run_id"] < answer["run_id"]
    assert len(held(simulator, target, SCRIPTS)) == 2
    again = restore.json("--wait", *mapped)
    assert again["actions"] == {"unchanged": 2}


@pytest.mark.usefixtures("worked")
def test_the_exit_status_is_that_of_the_end(restore: Command, simulator: Simulator, mapped: list[str]) -> None:
    fault = {"effect": "status", "options": {"status": 403}, "times": 1}
    simulator.control("POST", "faults", path=f"/{SCRIPTS}$", method="POST", **fault)

    result = restore("--execute", "--wait", *mapped)

    assert result.exit_code == 3
    assert "graph.forbidden" in result.stdout


def test_a_group_without_a_decision_is_named_and_nothing_is_written(
    restore: Command, target: Tenant, simulator: Simulator
) -> None:
    result = restore("--execute")

    assert result.exit_code == 2
    assert "--map" in result.stderr
    assert "Users - Amsterdam" in result.stderr
    assert writes_to(simulator, target) == []


@pytest.mark.usefixtures("worked")
def test_a_skipped_group_is_left_out(restore: Command, target: Tenant, simulator: Simulator, groups: list[str]) -> None:
    result = restore("--execute", "--wait", *skipped(groups))

    assert result.exit_code == 3
    assert "restore.assignments_dropped" in result.stdout
    found = [each["target"].get("groupId") for one in held(simulator, target, SCRIPTS) for each in one["assignments"]]
    assert set(found) <= {None}


@pytest.mark.usefixtures("worked")
def test_assignments_are_merged_unless_said_otherwise_and_the_answer_says_whom_it_reaches(
    restore: Command, mapped: list[str]
) -> None:
    answer = restore.json("--execute", "--wait", *mapped)

    assert answer["assignments"] == "merge"
    assert {each["kind"] for each in answer["reach"]["gained"]} == {"group", "all_devices"}
    assert sum(each["policies"] for each in answer["reach"]["gained"]) >= 2
    told = restore("--wait", "--assignments", "replace", *mapped).stdout
    assert "Will newly reach" not in told  # unchanged
    assert answer["context"]["reach"]["assignments_dropped"] == 0


@pytest.mark.usefixtures("worked")
def test_kept_assignments_need_no_mapping(restore: Command, target: Tenant, simulator: Simulator) -> None:
    answer = restore.json("--execute", "--wait", "--assignments", "keep")

    assert (answer["outcome"], answer["assignments"], answer["reach"]["gained"]) == ("succeeded", "keep", [])
    assert {len(each.get("assignments") or []) for each in held(simulator, target, SCRIPTS)} == {0}


@pytest.mark.usefixtures("worked")
def test_what_replace_takes_away_is_said_before_and_done_after(
    restore: Command, target: Tenant, simulator: Simulator, mapped: list[str]
) -> None:
    restore("--execute", "--wait", *mapped)
    everywhere = [{"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}]
    for script in held(simulator, target, SCRIPTS):
        path = f"tenants/{target.external_id}/{SCRIPTS}/{script['id']}"
        simulator.control("PATCH", path, assignments=everywhere)

    told = restore("--wait", "--assignments", "replace", *mapped)
    restore("--execute", "--wait", "--assignments", "replace", *mapped)

    assert "Will no longer reach All users: 2 policies" in told.stdout
    kinds = {each["target"]["@odata.type"] for one in held(simulator, target, SCRIPTS) for each in one["assignments"]}
    assert not kinds & {"#microsoft.graph.allLicensedUsersAssignmentTarget"}


def test_a_group_that_the_tenant_does_not_have_is_refused_and_nothing_is_left(
    restore: Command, target: Tenant, groups: list[str]
) -> None:
    result = restore("--map", f"{groups[0]}=11111111-1111-4111-8111-111111111111")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "11111111-1111-4111-8111-111111111111" in result.stderr
    assert queries.list_restores(target.id).rows == ()


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("becomes", ["skip", "11111111-1111-4111-8111-111111111111"])
def test_a_group_that_no_policy_of_the_backup_names_is_said_and_passed_over(
    restore: Command, target: Tenant, groups: list[str], becomes: str
) -> None:
    unused = "22222222-2222-4222-8222-222222222222"

    result = restore("--map", f"{unused}={becomes}", *skipped(groups), "--execute", "--wait", "--json")

    assert (result.exit_code, unused in result.stderr) == (3, True)
    assert json.loads(result.stdout)["outcome"] == "partially_succeeded"
    (made,) = queries.list_restores(target.id).rows
    assert unused not in queries.read_mapping(made.id)


def test_without_cached_groups_a_mapping_is_taken_and_that_is_said(
    restore: Command, target: Tenant, mapped: list[str]
) -> None:
    forget_groups(target)

    result = restore(*mapped)

    assert result.exit_code == 0
    assert "No groups of the tenant are cached" in result.stderr
    (made,) = queries.list_restores(target.id).rows
    assert queries.count_undecided(made.id) == 0


@pytest.mark.usefixtures("worked")
def test_a_conflict_is_named_with_its_candidates(
    restore: Command, backup: BackupSet, target: Tenant, simulator: Simulator, mapped: list[str]
) -> None:
    item = list_all_items(backup.id)[0]
    twins = add_twins(simulator, target, item.name)

    result = restore("--wait", *mapped)

    assert all(f"--resolve {item.external_id}=update:{twin}" in result.stderr for twin in twins)


@pytest.mark.usefixtures("worked")
def test_a_conflict_is_resolved_by_the_command(
    restore: Command, backup: BackupSet, target: Tenant, simulator: Simulator, mapped: list[str]
) -> None:
    item = list_all_items(backup.id)[0]
    _, meant = add_twins(simulator, target, item.name)

    answer = restore.json("--execute", "--wait", "--resolve", f"{item.name}=update:{meant}", *mapped)

    assert (answer["outcome"], answer["results"]) == ("succeeded", {"written": 2})
    (done,) = [each for each in queries.all_items(answer["restore_run_id"]) if each.name == item.name]
    assert done.written_external_id == meant


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("choice", ["update:nobody", "create"])
def test_a_resolution_that_cannot_be_taken_ends_the_command_before_anything_is_written(
    restore: Command, backup: BackupSet, target: Tenant, simulator: Simulator, mapped: list[str], choice: str
) -> None:
    item = list_all_items(backup.id)[0]
    if choice != "create":
        add_twins(simulator, target, item.name)
    simulator.control("DELETE", "requests")

    result = restore("--execute", "--resolve", f"{item.external_id}={choice}", *mapped)

    assert result.exit_code == 2
    assert "nothing was written" in result.stderr
    assert writes_to(simulator, target) == []


@pytest.fixture
def filtered(restore: Command, source: Tenant) -> str:
    """The command restores other policies instead, some of which are assigned with this filter."""
    made = make_backup(source, types=["configurationPolicies"])
    restore.words[2] = str(made.id)
    documents = [read_item(item.id) for item in list_all_items(made.id)]
    return sorted({each for one in documents if one for each in filter_ids_of(one.assignments or [])})[0]


@pytest.mark.parametrize("choice", ["33333333-3333-4333-8333-333333333333", "skip"])
def test_a_filter_is_mapped_by_the_command_whatever_is_cached(
    restore: Command, filtered: str, target: Tenant, simulator: Simulator, choice: str
) -> None:
    simulator.control("DELETE", f"tenants/{target.external_id}/assignmentFilters")
    sync_groups(target)

    result = restore("--map-filter", f"{filtered}={choice}")

    assert result.exit_code == 0
    assert ("No filters of the tenant are cached" in result.stderr) == (choice != "skip")
    (made,) = queries.list_restores(target.id).rows
    rows = {row.source_filter_id: row for row in list_filters(made.id)}
    assert rows[filtered].decision == ("skip" if choice == "skip" else "map")


def test_a_filter_that_the_tenant_does_not_have_is_refused(
    restore: Command, filtered: str, target: Tenant, simulator: Simulator
) -> None:
    simulator.control("POST", f"tenants/{target.external_id}/assignmentFilters", value=[{"displayName": "Other"}])
    sync_groups(target)

    result = restore("--map-filter", f"{filtered}=33333333-3333-4333-8333-333333333333")

    assert (result.exit_code, "no such assignment filter" in result.stderr) == (2, True)
    assert queries.list_restores(target.id).rows == ()


@pytest.mark.usefixtures("worked")
def test_a_filter_about_which_nothing_is_said_is_named(restore: Command, filtered: str) -> None:
    result = restore("--wait")
    assert f"--map-filter {filtered}=" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--map", "nonsense"],
        ["--map", "=x"],
        ["--map-filter", "nonsense"],
        ["--map-filter", "no such filter=skip"],
        ["--resolve", "nonsense"],
        ["--resolve", "some policy=update"],
        ["--resolve", "some policy=create:x"],
        ["--resolve", "some policy=skip"],
        ["--backup-set", "999"],
        ["--to", "nobody"],
    ],
)
def test_wrong_words_are_refused_in_one_sentence(restore: Command, words: list[str]) -> None:
    result = restore(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_whoever_may_not_restore_is_refused(restore: Command, target: Tenant, source: Tenant) -> None:
    operator, stranger = make_member(target, Role.OPERATOR), make_member(source, Role.OWNER)

    assert "may not restore" in restore("--as", operator.email).stderr
    assert restore("--as", stranger.email).exit_code == 2
