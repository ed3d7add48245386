"""`ops-admin restore` with what policies refer to, and with whether they take effect (R55, R57)."""

from collections.abc import Iterator

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import BackupSet
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import held, make_backup
from tests.intune.restore.test_command_line import Command, restore, worked

__all__ = ["restore", "worked"]

ACCESS = "conditionalAccessPolicies"
LOCATION = "CA001 - Require multifactor authentication"
CONTEXT = "CA005 - Vertrauliche Dokumente"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=[ACCESS])


@pytest.fixture
def maps(simulator: Simulator, source: Tenant, target: Tenant) -> list[str]:
    return [word for group, to in by_name(simulator, source, target).items() for word in ("--map", f"{group}={to}")]


@pytest.mark.usefixtures("worked")
def test_what_is_left_out_is_named_and_can_be_mapped(
    restore: Command, maps: list[str], target: Tenant, simulator: Simulator
) -> None:
    told = restore(*maps, "--wait")
    assert f"Left out: {CONTEXT}. The tenant has no single Authentication context" in told.output
    assert held(simulator, target, ACCESS) == []

    restore(*maps, "--refer", "authentication_context:c1=c1", "--conditional-access", "off", "--execute", "--wait")

    policies = held(simulator, target, ACCESS)
    assert {each["state"] for each in policies} == {"disabled"}
    assert CONTEXT in {each["displayName"] for each in policies}


@pytest.mark.usefixtures("worked")
def test_without_a_word_nothing_takes_effect(
    restore: Command, maps: list[str], target: Tenant, simulator: Simulator
) -> None:
    restore(*maps, "--execute", "--wait")
    assert {each["state"] for each in held(simulator, target, ACCESS)} == {"enabledForReportingButNotEnforced"}


@pytest.mark.usefixtures("worked")
def test_what_takes_effect_at_once_is_named_before_it_is_written(restore: Command, maps: list[str]) -> None:
    assert "Takes effect at once" not in restore(*maps, "--wait").stderr

    told = restore(*maps, "--conditional-access", "as-captured", "--execute", "--wait").stderr

    assert f"Conditional Access: {LOCATION}. Takes effect at once." in told
    stopped = restore(*maps, "--wait").stderr
    assert f"Conditional Access: {LOCATION}. On in the tenant, and no longer enforced after this." in stopped


@pytest.mark.parametrize(
    "word", ["c1=c2", "nonsense:c1=c2", "group:a=b", "authentication_context:=c2", "named_location:x="]
)
def test_a_malformed_reference_is_refused(restore: Command, word: str) -> None:
    result = restore("--refer", word)
    assert result.exit_code == 2
    assert "--refer" in result.output


def test_a_reference_that_no_policy_has_is_refused(restore: Command, maps: list[str]) -> None:
    result = restore(*maps, "--refer", "named_location:11111111-2222-4333-8444-555555555555=skip")
    assert result.exit_code == 2
    assert "no policy of this backup set refers to that" in result.output
