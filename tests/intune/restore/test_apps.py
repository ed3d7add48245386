"""Apps and their policies in another tenant: categories by name, apps of the same restore, what supersedes what."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.queries import Restore
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again, provide
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
    item_named,
    make_backup,
    make_restore,
    preview,
    writes_to,
)
from tests.intune.restore.test_crashes import dying, execute_until_it_lives

APPS = "mobileApps"
CATEGORIES = "mobileAppCategories"
CONFIGURATIONS = "mobileAppConfigurations"
PROTECTIONS = "androidManagedAppProtections"
LINK, OWN = "Intranet", "Werk & Fertigung"
BADGE, SITE = "Contoso Visitor Badge", "Besucher-App - Standort"
SCANNER = "Scanner - OEMConfig"
NEW, OLD = "7-Zip 24.08", "7-Zip 23.01"
INFORMATION_PROTECTIONS = "mdmWindowsInformationProtectionPolicies"
OLD_PROTECTION = "WIP - Altbestand (nicht mehr verwenden)"
PROTECTION = "Android - app protection (BYOD)"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def restore_of(simulator: Simulator, source: Tenant, target: Tenant, *names: str) -> Restore:
    types = [APPS, CONFIGURATIONS, PROTECTIONS, INFORMATION_PROTECTIONS]
    restore = make_restore(
        make_backup(source, types=types), target, by_name(simulator, source, target), names=set(names)
    )
    preview(restore)
    return restore


def named(simulator: Simulator, tenant: Tenant, type_key: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in held(simulator, tenant, type_key) if each["displayName"] == name]
    return found


def assert_nothing_to_write(simulator: Simulator, restore: Restore, target: Tenant, *, unchanged: int) -> None:
    again = preview_again(restore)
    assert actions_of(again) == {"unchanged": unchanged}
    simulator.control("DELETE", "requests")
    execute_restore(again)
    assert writes_to(simulator, target) == []


def test_an_app_gets_the_category_of_that_name(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = restore_of(simulator, source, target, LINK)

    execute_restore(restore)

    here, there = (named(simulator, tenant, CATEGORIES, OWN)["id"] for tenant in (source, target))
    assert named(simulator, target, APPS, LINK)["categories"] == [{"id": there}] != [{"id": here}]
    assert_nothing_to_write(simulator, restore, target, unchanged=1)


def test_without_its_category_an_app_is_left_out_and_says_which(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    category = named(simulator, target, CATEGORIES, OWN)["id"]
    simulator.control("DELETE", f"tenants/{target.external_id}/{CATEGORIES}/{category}")
    restore = restore_of(simulator, source, target, LINK)
    found = item_named(restore, LINK)
    assert (found.problem_code, found.problem_detail) == ("restore.reference_unmapped", f"App category “{OWN}”")


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_death_at_every_write_of_an_app_its_category_and_its_configuration(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    restore = restore_of(simulator, source, target, LINK, BADGE, SITE, PROTECTION, OLD_PROTECTION)

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= 7
    category = named(simulator, target, CATEGORIES, OWN)["id"]
    assert named(simulator, target, APPS, LINK)["categories"] == [{"id": category}]
    badge = named(simulator, target, APPS, BADGE)["id"]
    assert named(simulator, target, CONFIGURATIONS, SITE)["targetedMobileApps"] == [badge]
    assert len(named(simulator, target, PROTECTIONS, PROTECTION)["apps"]) == 3
    old = named(simulator, target, INFORMATION_PROTECTIONS, OLD_PROTECTION)
    assert [each["displayName"] for each in old["protectedAppLockerFiles"]] == ["Office"]
    assert_nothing_to_write(simulator, restore, target, unchanged=5)


def test_a_configuration_is_written_for_the_app_of_the_target(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    provide(simulator, source, target)

    execute_restore(restore_of(simulator, source, target, SCANNER))

    scanner = named(simulator, target, CONFIGURATIONS, SCANNER)
    assert scanner["targetedMobileApps"] == [named(simulator, target, APPS, "Zebra OEMConfig")["id"]]
    assert scanner["appSupportsOemConfig"] is True
    assert scanner["payloadJson"] == named(simulator, source, CONFIGURATIONS, SCANNER)["payloadJson"]


def test_without_its_app_a_configuration_is_left_out(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    found = item_named(restore_of(simulator, source, target, SCANNER), SCANNER)
    assert (found.problem_code, found.problem_detail) == ("restore.reference_unmapped", "App “Zebra OEMConfig”")


def test_an_app_supersedes_the_app_of_that_name(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    provide(simulator, source, target)
    restore = restore_of(simulator, source, target, NEW, OLD)

    execute_restore(restore)

    new, old = (named(simulator, target, APPS, name) for name in (NEW, OLD))
    (relationship,) = new["relationships"]
    assert (relationship["targetId"], relationship["supersedenceType"]) == (old["id"], "update")
    assert old["relationships"] == []
    assert len(new["categories"]) == 1
    assert_nothing_to_write(simulator, restore, target, unchanged=2)


def test_an_app_whose_other_app_is_missing_is_left_out_and_says_which(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    provide(simulator, source, target)
    old = named(simulator, target, APPS, OLD)["id"]
    simulator.control("DELETE", f"tenants/{target.external_id}/{APPS}/{old}")
    found = item_named(restore_of(simulator, source, target, NEW), NEW)
    assert (found.problem_code, found.problem_detail) == ("restore.reference_unmapped", f"App “{OLD}”")
