"""Policies for managed apps, and relations between apps, against a tenant as strict as a real one (R54, R59)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.bodies import changes_of
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.reading import read_policy
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.graph.writing import create_policy, update_policy
from tests.graph.simulated import CONTOSO, Simulator, running_simulator
from tests.support.vaults import KNOWN

ANDROID = get_policy_type("androidManagedAppProtections")
CONFIGURATIONS = get_policy_type("targetedManagedAppConfigurations")
APPS = get_policy_type("mobileApps")
INFORMATION_PROTECTION = get_policy_type("mdmWindowsInformationProtectionPolicies")
NEW, OLD = "7-Zip 24.08", "7-Zip 23.01"
MORE = {"mobileAppIdentifier": {"@odata.type": "#microsoft.graph.androidMobileAppIdentifier", "packageId": "com.more"}}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


@pytest.fixture
def client(simulator: Simulator) -> GraphClient:
    return simulator.client()


def held(simulator: Simulator, policy_type: PolicyType, name: str | None = None) -> dict[str, Any]:
    """The tenant's policy with this name, or the first."""
    found = simulator.control("GET", f"tenants/{CONTOSO}/{policy_type.key}")["value"]
    named: dict[str, Any] = next(each for each in found if name in (None, each["displayName"]))
    return named


def read(client: GraphClient, policy_type: PolicyType, policy_id: str) -> dict[str, Any]:
    return read_policy(client, policy_type, {"id": policy_id})


def bring_back(client: GraphClient, policy_type: PolicyType, policy_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """Update the policy to the content, and read it again."""
    update_policy(client, policy_type, policy_id, content, read(client, policy_type, policy_id), KNOWN)
    return read(client, policy_type, policy_id)


def names_of(content: dict[str, Any]) -> set[str]:
    return {each["mobileAppIdentifier"].get("packageId", "") for each in content["apps"]}


def test_a_group_of_apps_that_grows_is_no_change(client: GraphClient, simulator: Simulator) -> None:
    policy = held(simulator, ANDROID)
    before = read(client, ANDROID, policy["id"])
    assert (before["appGroupType"], len(before["apps"])) == ("allCoreMicrosoftApps", 3)
    changed = {"apps": [*policy["apps"], {**MORE, "id": "more"}], "deployedAppCount": 4}
    simulator.control("PATCH", f"tenants/{CONTOSO}/{ANDROID.key}/{policy['id']}", **changed)

    after = read(client, ANDROID, policy["id"])

    assert len(after["apps"]) == 4
    assert content_hash(after) == content_hash(before)
    assert changes_of(before, after, ANDROID) == set()


def test_apps_that_somebody_chose_become_the_group_again(client: GraphClient, simulator: Simulator) -> None:
    policy_id = held(simulator, ANDROID)["id"]
    before = read(client, ANDROID, policy_id)
    body = {"apps": [MORE], "appGroupType": "selectedPublicApps"}
    client.post(ANDROID.item_path(policy_id, "targetApps"), body)
    assert names_of(read(client, ANDROID, policy_id)) == {"com.more"}

    after = bring_back(client, ANDROID, policy_id, before)

    assert after["appGroupType"] == "allCoreMicrosoftApps"
    assert names_of(after) == names_of(before)


def test_chosen_apps_are_changed_by_one_call_without_touching_the_rest(
    client: GraphClient, simulator: Simulator
) -> None:
    policy_id = held(simulator, ANDROID)["id"]
    client.post(
        ANDROID.item_path(policy_id, "targetApps"), {"apps": [MORE, MORE], "appGroupType": "selectedPublicApps"}
    )
    wanted = read(client, ANDROID, policy_id) | {"apps": [MORE]}
    simulator.control("DELETE", "requests")

    after = bring_back(client, ANDROID, policy_id, wanted)

    assert names_of(after) == {"com.more"}
    writes = [each for each in simulator.control("GET", "requests")["requests"] if each["method"] != "GET"]
    calls = [each["path"].rpartition("/")[2] for each in writes if "$batch" not in each["path"]]
    assert [call for call in calls if call != "token"] == ["targetApps"]


def test_settings_of_an_app_configuration_are_brought_back(client: GraphClient, simulator: Simulator) -> None:
    policy_id = held(simulator, CONFIGURATIONS)["id"]
    before = read(client, CONFIGURATIONS, policy_id)
    client.post(CONFIGURATIONS.item_path(policy_id, "changeSettings"), {"settings": []})

    after = bring_back(client, CONFIGURATIONS, policy_id, before)

    assert len(after["settings"]) == 2
    assert content_hash(after) == content_hash(before)


def test_a_configuration_without_settings_of_the_catalog_is_made_without_a_list_of_them(
    client: GraphClient, simulator: Simulator
) -> None:
    content = read(client, CONFIGURATIONS, held(simulator, CONFIGURATIONS)["id"]) | {"settings": []}

    create_policy(client, CONFIGURATIONS, content, secrets=KNOWN)

    sent = next(
        each
        for each in simulator.control("GET", "requests?bodies=1")["requests"]
        if each["method"] == "POST" and each["path"].endswith(CONFIGURATIONS.path)
    )
    assert "settings" not in sent["body"]
    assert "apps" in sent["body"]


def test_an_app_says_what_it_supersedes_and_not_what_supersedes_it(client: GraphClient, simulator: Simulator) -> None:
    new, old = held(simulator, APPS, NEW)["id"], held(simulator, APPS, OLD)["id"]

    (relationship,) = read(client, APPS, new)["relationships"]

    assert (relationship["targetId"], relationship["supersedenceType"]) == (old, "update")
    assert client.get(APPS.item_path(old, "relationships"))["value"][0]["targetType"] == "parent"
    assert read(client, APPS, old)["relationships"] == []


def test_a_new_name_of_a_superseded_app_is_no_change_of_the_other(client: GraphClient, simulator: Simulator) -> None:
    new, old = held(simulator, APPS, NEW)["id"], held(simulator, APPS, OLD)["id"]
    before = read(client, APPS, new)
    simulator.control("PATCH", f"tenants/{CONTOSO}/mobileApps/{old}", displayName="7-Zip (old)")

    after = read(client, APPS, new)

    assert after["relationships"] != before["relationships"]
    assert content_hash(after) == content_hash(before)


def test_lost_relationships_and_categories_are_brought_back_together(client: GraphClient, simulator: Simulator) -> None:
    new, old = held(simulator, APPS, NEW)["id"], held(simulator, APPS, OLD)["id"]
    before = read(client, APPS, new)
    dependency = {"@odata.type": "#microsoft.graph.mobileAppDependency", "dependencyType": "detect"}
    portal = held(simulator, APPS, "Company Portal")["id"]
    both = [*before["relationships"], {**dependency, "targetId": portal, "targetType": "child"}]
    client.post(APPS.item_path(new, "updateRelationships"), {"relationships": []})
    client.delete(APPS.item_path(new, "categories", before["categories"][0]["id"], "$ref"))
    assert read(client, APPS, new)["categories"] == []

    after = bring_back(client, APPS, new, before | {"relationships": both})

    assert {each["targetId"] for each in after["relationships"]} == {old, portal}
    assert [each["displayName"] for each in after["categories"]] == ["Productivity"]


def test_an_app_loses_what_the_backup_does_not_have(client: GraphClient, simulator: Simulator) -> None:
    new = held(simulator, APPS, NEW)["id"]
    before = read(client, APPS, new)

    after = bring_back(client, APPS, new, before | {"relationships": [], "categories": []})

    assert (after["relationships"], after["categories"]) == ([], [])


def test_a_backup_from_before_they_were_read_leaves_them_alone(client: GraphClient, simulator: Simulator) -> None:
    new = held(simulator, APPS, NEW)["id"]
    before = read(client, APPS, new)
    old = {name: value for name, value in before.items() if name not in ("relationships", "categories")}

    after = bring_back(client, APPS, new, old | {"notes": "changed"})

    assert (after["relationships"], after["categories"]) == (before["relationships"], before["categories"])


def test_an_app_without_them_has_the_hash_that_it_always_had(client: GraphClient, simulator: Simulator) -> None:
    content = read(client, APPS, held(simulator, APPS, OLD)["id"])
    earlier = {name: value for name, value in content.items() if name not in ("relationships", "categories")}
    assert (content["relationships"], content["categories"]) == ([], [])
    assert content_hash(content) == content_hash(earlier)


def test_a_new_app_gets_its_categories(client: GraphClient, simulator: Simulator) -> None:
    content = read(client, APPS, held(simulator, APPS, "Intranet")["id"])
    category = simulator.control("GET", f"tenants/{CONTOSO}/mobileAppCategories")["value"][1]

    made = create_policy(client, APPS, content | {"categories": [category]})

    assert [each["id"] for each in read(client, APPS, made.external_id)["categories"]] == [category["id"]]


def test_files_of_rules_are_brought_back_one_by_one(client: GraphClient, simulator: Simulator) -> None:
    policy_id = held(simulator, INFORMATION_PROTECTION)["id"]
    before = read(client, INFORMATION_PROTECTION, policy_id)
    (file,) = before["protectedAppLockerFiles"]
    path = INFORMATION_PROTECTION.item_path(policy_id, "protectedAppLockerFiles")
    client.delete(f"{path}/{file['id']}")
    client.post(path, {"displayName": "Surplus", "file": "PGEvPg=="})

    after = bring_back(client, INFORMATION_PROTECTION, policy_id, before)

    assert [each["displayName"] for each in after["protectedAppLockerFiles"]] == ["Office"]
    assert content_hash(after) == content_hash(before)
