"""Types that only others use, and that say more about themselves than people wrote."""

from collections.abc import Iterator

import pytest

from ops_admin.graph.assigning import assign, read_assignments
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.reading import list_policies, read_policies, read_policy
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.graph.writing import update_policy
from tests.graph.simulated import CONTOSO, Simulator, running_simulator

REUSABLE, DRIVERS, TERMS = (
    get_policy_type(key) for key in ("reusablePolicySettings", "windowsDriverUpdateProfiles", "termsAndConditions")
)
ALL_DEVICES = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running_simulator("--strict") as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> GraphClient:
    return simulator.client()


def test_a_reusable_setting_is_read_with_what_graph_shows_only_if_asked(client: GraphClient) -> None:
    (listed,) = [item for page in list_policies(client, REUSABLE) for item in page]
    assert "settingInstance" not in listed

    (reading,) = read_policies(client, REUSABLE, [listed])

    assert reading.content is not None
    assert reading.content == read_policy(client, REUSABLE, {"id": listed["id"]})
    assert reading.content["settingInstance"]["settingDefinitionId"] == reading.content["settingDefinitionId"]


@pytest.mark.parametrize(
    ("of_type", "name"), [(REUSABLE, "referencingConfigurationPolicyCount"), (DRIVERS, "deviceReporting")]
)
def test_what_changes_by_itself_makes_no_new_version(
    client: GraphClient, simulator: Simulator, of_type: PolicyType, name: str
) -> None:
    listed = next(item for page in list_policies(client, of_type) for item in page)
    before = read_policy(client, of_type, listed)
    simulator.control("PATCH", f"tenants/{CONTOSO}/{of_type.key}/{listed['id']}", **{name: 4711})

    again = next(item for page in list_policies(client, of_type) for item in page)

    assert again[name] == 4711
    assert content_hash(read_policy(client, of_type, again)) == content_hash(before)


def test_terms_that_are_brought_back_are_not_to_be_accepted_again(client: GraphClient) -> None:
    terms = next(item for page in list_policies(client, TERMS) for item in page)
    path = TERMS.item_path(terms["id"])
    client.patch(path, {"bodyText": "Somebody changed this.", "version": 3})

    update_policy(client, TERMS, terms["id"], terms, client.get(path))

    after = client.get(path)
    assert (after["bodyText"], after["version"]) == (terms["bodyText"], 3)


def test_terms_are_assigned_one_target_at_a_time(client: GraphClient, simulator: Simulator) -> None:
    terms = next(item for page in list_policies(client, TERMS) for item in page)
    simulator.control("DELETE", "requests")

    assign(client, TERMS, terms["id"], [{"target": ALL_DEVICES}])

    (reading,) = read_assignments(client, TERMS, [terms])
    assert [each["target"]["@odata.type"] for each in reading.assignments or []] == [ALL_DEVICES["@odata.type"]]
    log = simulator.control("GET", f"requests?tenant={CONTOSO}")["requests"]
    assert not [each for each in log if each["path"].endswith("/assign")]
