"""What every operation type owes its users: a label, a right, an identity, failure codes, and tests of the hard cases.

A new type is declared here, with what distinguishes two of its runs and where its two hardest promises are tested.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.capabilities import GRANTS, Capability, Role
from ops_admin.runs.catalog import catalog
from ops_admin.runs.failures import explain, is_registered

TESTS = Path(__file__).parent.parent
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Stated:
    """What a type must declare. `dedupe` and `partial` name the tests (file::function) of these two promises.

    `AFTER_A_STOP` says what happens to its runs in a stop or an outage.
    """

    capability: Capability
    identity: tuple[str, ...]
    dedupe: str
    partial: str
    cooldown: timedelta | None = None


BULK, MARKING = "runs/test_bulk.py", "intune/policies/test_bulk_marking.py"
SAME_SELECTION = f"{MARKING}::test_the_same_selection_in_another_order_is_one_run"
FOREIGN_POLICY = f"{MARKING}::test_a_policy_of_another_tenant_fails_alone_and_stays"
FOREIGN_VERSION = f"{MARKING}::test_a_version_of_another_tenant_fails_alone_and_stays"
UNDER_WAY, WHY_LEFT = (
    f"{BULK}::test_the_run_for_many_finds_again_the_one_that_is_under_way",
    f"{BULK}::test_the_run_for_many_says_of_each_why_it_was_left",
)
SECOND_SYNC = "intune/test_start_surfaces.py::test_json_says_whether_the_run_is_new"
DAMAGED = "intune/restore/test_faults.py::test_a_damaged_item_is_not_written_and_the_others_are"

TYPES: Mapping[str, Stated] = {
    "ops.reconcile_adapter_runs": Stated(
        Capability.RUNS_RECONCILE,
        (),
        "runs/test_reconciler.py::test_housekeeping_never_overlaps_itself",
        "runs/test_reconciler.py::test_a_run_that_cannot_be_judged_holds_up_no_other",
    ),
    "ops.bulk_cancel": Stated(Capability.RUNS_CANCEL, ("run_ids",), UNDER_WAY, WHY_LEFT),
    "ops.bulk_retry": Stated(Capability.INVENTORY_SYNC, ("run_ids",), UNDER_WAY, WHY_LEFT),
    "ops.prune": Stated(
        Capability.RUNS_PRUNE,
        (),
        "runs/test_pruning.py::test_pruning_never_overlaps_itself",
        "runs/test_pruning.py::test_a_leftover_that_cannot_be_deleted_holds_up_nothing_else",
    ),
    "inventory.sync": Stated(
        Capability.INVENTORY_SYNC,
        ("types",),
        SECOND_SYNC,
        "intune/test_inventory_faults.py::test_an_invalid_list_fails_its_type_and_no_other",
    ),
    "directory.groups.sync": Stated(
        Capability.DIRECTORY_SYNC,
        (),
        SECOND_SYNC,
        "intune/test_directory_sync.py::test_an_incomplete_list_is_a_partial_success_and_removes_nothing",
    ),
    "credentials.check": Stated(
        Capability.CREDENTIALS_MANAGE,
        ("credential",),
        "intune/test_credentials_check.py::test_the_same_check_is_one_run_while_it_is_active",
        "intune/test_credentials_check.py::test_one_that_is_refused_is_kept_aside_and_the_old_one_is_used",
    ),
    "backup.create": Stated(
        Capability.BACKUP_CREATE,
        ("policy_ids", "selection", "types", "all", "assignments"),
        "intune/backups/test_backup_create.py::test_the_same_backup_started_twice_is_one_run",
        "intune/backups/test_backup_create.py::test_what_cannot_be_read_is_listed_and_the_rest_is_captured",
    ),
    "assignments.fetch": Stated(
        Capability.ASSIGNMENTS_FETCH,
        ("policy_ids", "selection", "all"),
        "intune/assignments/test_fetch.py::test_the_same_fetch_is_one_run_while_it_is_active",
        "intune/assignments/test_fetch.py::test_a_failed_policy_keeps_its_assignments_and_the_others_are_fetched",
        QUARTER,
    ),
    "assignments.restore": Stated(
        Capability.ASSIGNMENTS_RESTORE,
        ("policy_ids", "selection", "all", "version", "backup_set_id", "mapping", "mode"),
        "intune/assignments/test_restore.py::test_the_same_restore_is_one_run_and_cools_down",
        "intune/assignments/test_restore.py::"
        "test_a_policy_without_stored_assignments_is_named_and_the_others_are_restored",
        QUARTER,
    ),
    "restore.preview": Stated(
        Capability.RESTORE,
        ("restore_run_id",),
        "intune/restore/test_lifecycle.py::test_a_second_preview_at_once_is_the_same_run",
        DAMAGED,
    ),
    "restore.execute": Stated(
        Capability.RESTORE,
        ("restore_run_id",),
        "intune/restore/test_lifecycle.py::test_of_two_executions_at_once_one_wins",
        DAMAGED,
    ),
    "policies.ignore": Stated(Capability.POLICIES_IGNORE, ("selection",), SAME_SELECTION, FOREIGN_POLICY),
    "policies.unignore": Stated(Capability.POLICIES_IGNORE, ("selection",), SAME_SELECTION, FOREIGN_POLICY),
    "policies.delete": Stated(Capability.POLICIES_DELETE, ("selection",), SAME_SELECTION, FOREIGN_POLICY),
    "policies.export": Stated(
        Capability.POLICIES_EXPORT,
        ("selection",),
        SAME_SELECTION,
        "intune/policies/test_export.py::test_policies_never_read_or_missing_fail_alone",
    ),
    "policies.sync": Stated(
        Capability.INVENTORY_SYNC,
        ("selection",),
        SAME_SELECTION,
        "intune/policies/test_sync_selected.py::test_a_policy_that_cannot_be_read_fails_alone",
    ),
    "policy_versions.archive": Stated(
        Capability.POLICY_VERSIONS_ARCHIVE, ("selection",), SAME_SELECTION, FOREIGN_VERSION
    ),
    "policy_versions.restore": Stated(
        Capability.POLICY_VERSIONS_ARCHIVE, ("selection",), SAME_SELECTION, FOREIGN_VERSION
    ),
    "policy_versions.delete": Stated(
        Capability.POLICY_VERSIONS_DELETE, ("selection",), SAME_SELECTION, FOREIGN_VERSION
    ),
    "review_pack.generate": Stated(
        Capability.REVIEW_PACKS_GENERATE,
        ("options",),
        "reviews/test_following.py::test_a_second_start_finds_the_active_run_and_writes_no_second_pack",
        "reviews/test_faults.py::test_a_version_that_cannot_be_read_makes_the_pack_partial_and_is_told",
    ),
}

# For each type: when its run may be handed back to the queue, whether it then resumes where it was, and how often a run
# lost with its worker is started again.
AFTER_A_STOP: Mapping[str, tuple[str, bool, int]] = {
    "ops.reconcile_adapter_runs": ("anywhere", False, 0),
    "ops.bulk_cancel": ("checkpoint", True, 0),
    "ops.bulk_retry": ("checkpoint", True, 0),
    "ops.prune": ("checkpoint", True, 0),
    "inventory.sync": ("anywhere", False, 2),
    "directory.groups.sync": ("anywhere", False, 2),
    "credentials.check": ("anywhere", False, 2),
    "backup.create": ("checkpoint", False, 0),
    "assignments.fetch": ("anywhere", False, 0),
    # It writes to a tenant what a second start would then read: docs/adr/0022-stops-and-faults.md.
    "assignments.restore": ("never", False, 0),
    "restore.preview": ("checkpoint", False, 0),
    "restore.execute": ("checkpoint", False, 0),
    "policies.ignore": ("checkpoint", True, 0),
    "policies.unignore": ("checkpoint", True, 0),
    "policies.delete": ("checkpoint", True, 0),
    "policies.export": ("checkpoint", False, 0),
    "policies.sync": ("anywhere", False, 0),
    "policy_versions.archive": ("checkpoint", True, 0),
    "policy_versions.restore": ("checkpoint", True, 0),
    "policy_versions.delete": ("checkpoint", True, 0),
    "review_pack.generate": ("checkpoint", False, 0),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_type_is_stated_and_nothing_else_is(app: Flask) -> None:
    assert {operation.key for operation in catalog} == TYPES.keys()


def test_every_type_has_the_right_the_identity_and_the_pause_that_are_stated(app: Flask) -> None:
    for operation in catalog:
        stated = TYPES[operation.key]
        real = (operation.capability, set(operation.identity_inputs), operation.cooldown)
        assert real == (stated.capability, set(stated.identity), stated.cooldown), operation.key


def test_what_a_stop_or_an_outage_does_to_each_type_is_stated(app: Flask) -> None:
    real = {operation.key: (operation.resume, operation.goes_on, operation.restarts) for operation in catalog}
    assert real == AFTER_A_STOP


def test_every_right_to_start_something_is_one_that_somebody_has_and_readers_have_not(app: Flask) -> None:
    for operation in catalog:
        assert operation.capability in GRANTS[Role.OWNER], operation.key
        assert operation.capability not in GRANTS[Role.READONLY], operation.key


def test_every_type_names_its_reasons_and_each_is_explained(app: Flask) -> None:
    with app.test_request_context():
        for operation in catalog:
            assert operation.failure_codes, operation.key
            assert str(operation.label).strip(), operation.key
            unexplained = [code for code in operation.failure_codes if not (is_registered(code) and explain(code))]
            assert not unexplained, operation.key


def test_every_type_that_skips_something_says_why(app: Flask) -> None:
    """For the types of modules that count skipped items: readers must know what the number refers to."""
    for operation in catalog:
        source = Path(inspect.getsourcefile(operation.handler) or "").read_text()
        assert bool(re.search(r"\bskipped=(int|skipped|done|0|len)", source)) == bool(operation.skipped), operation.key


@pytest.mark.parametrize("key", sorted(TYPES))
def test_the_two_hard_cases_of_every_type_are_tested(key: str) -> None:
    for place in (TYPES[key].dedupe, TYPES[key].partial):
        file, _, name = place.partition("::")
        assert name in functions_of(TESTS / file), place


def functions_of(path: Path) -> Iterator[str]:
    return (node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))
