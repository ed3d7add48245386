"""docs/types.md has a row for each type that says what the code declares, and its permissions can be granted (R59)."""

import re

import pytest

from ops_admin.graph.resources import POLICY_TYPES, PolicyType
from ops_admin.intune.policies.types import NEVER_ASSIGNED, type_label
from tests.support.sources import ROOT

DOCS = ROOT / "docs"
PERMISSION = re.compile(r"`([\w.]+)`")
PERMISSIONS_OF_APPLICATIONS = re.compile(r"Application permissions.*?Delegated permissions", re.DOTALL)


def rows() -> list[list[str]]:
    """The cells of each row of the table of types."""
    lines = (DOCS / "types.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def test_each_type_has_one_row() -> None:
    assert [row[0].strip("`") for row in rows()] == [each.key for each in POLICY_TYPES]


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=lambda each: each.key)
def test_a_row_says_what_is_declared(policy_type: PolicyType) -> None:
    said = next(row for row in rows() if row[0] == f"`{policy_type.key}`")
    _, name, path, _, _, _, assignments, reading, restoring = said
    assert name == type_label(policy_type.key)
    assert path == f"`{policy_type.path}`"
    assert (assignments == "none") is (policy_type.key in NEVER_ASSIGNED)
    assert (reading, restoring) == (f"`{policy_type.permission.read}`", f"`{policy_type.permission.write}`")


def test_whoever_connects_a_tenant_is_told_of_every_permission() -> None:
    guide = PERMISSIONS_OF_APPLICATIONS.search((DOCS / "connect-a-tenant.md").read_text())
    assert guide is not None
    told = set(PERMISSION.findall(guide[0]))
    assert {each.permission.read for each in POLICY_TYPES} | {each.permission.write for each in POLICY_TYPES} <= told
