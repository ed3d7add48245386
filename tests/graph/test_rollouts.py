"""Feature updates are offered by a schedule. Graph takes none in the past, and what has begun is not begun again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops_admin.graph.bodies import changes_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import BAD_REQUEST, GraphError
from ops_admin.graph.resources import get_policy_type
from ops_admin.graph.writing import create_policy, update_policy
from tests.graph.simulated import running_simulator

PROFILES = get_policy_type("windowsFeatureUpdateProfiles")
START, END, INTERVAL = "offerStartDateTimeInUTC", "offerEndDateTimeInUTC", "offerIntervalInDays"


@pytest.fixture(scope="module")
def client() -> Iterator[GraphClient]:
    with running_simulator("--strict") as simulator:
        yield simulator.client()


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def profile(name: str, start: float | None, end: float | None = None, interval: int | None = None) -> dict[str, Any]:
    """A profile whose rollout begins and ends in so many days."""
    dates = {START: start, END: end}
    rollout = {name: None if days is None else in_days(days) for name, days in dates.items()}
    return {
        "displayName": name,
        "description": "",
        "featureUpdateVersion": "Windows 11, version 24H2",
        "rolloutSettings": {**rollout, INTERVAL: interval},
    }


def made(client: GraphClient, content: dict[str, Any]) -> dict[str, Any]:
    return client.get(PROFILES.item_path(create_policy(client, PROFILES, content).external_id))


def test_a_rollout_to_come_is_scheduled_as_it_was(client: GraphClient) -> None:
    content = profile("To come", 5, 40, 7)
    assert made(client, content)["rolloutSettings"] == content["rolloutSettings"]


@pytest.mark.parametrize(("start", "end"), [(-90, -30), (-90, None)], ids=["gradual", "on a day"])
def test_a_rollout_that_is_over_is_not_begun_again(client: GraphClient, start: float, end: float | None) -> None:
    content = profile("Over", start, end)
    new = made(client, content)
    assert not (new.get("rolloutSettings") or {}).get(START)
    assert changes_of(content, new, PROFILES) == set()


def test_a_rollout_under_way_goes_on_as_soon_as_graph_allows_and_ends_when_it_would_have(client: GraphClient) -> None:
    content = profile("Under way", -10, 20, 7)
    new = made(client, content)
    assert in_days(1.9) < new["rolloutSettings"][START] < in_days(2.1)
    assert new["rolloutSettings"][END] == content["rolloutSettings"][END]
    assert new["rolloutSettings"][INTERVAL] == 7
    assert changes_of(content, new, PROFILES) == set()


def test_one_that_would_end_too_soon_lasts_a_day(client: GraphClient) -> None:
    new = made(client, profile("Nearly over", -10, 1, 7))
    assert in_days(2.9) < new["rolloutSettings"][END] < in_days(3.1)
    assert new["rolloutSettings"][INTERVAL] == 1


def test_an_update_leaves_a_rollout_alone_that_has_begun(client: GraphClient) -> None:
    present = made(client, profile("Present", 5, 40, 7))
    captured = {**present, "description": "as captured", "rolloutSettings": profile("", -90, -30)["rolloutSettings"]}

    update_policy(client, PROFILES, present["id"], captured, present)

    after = client.get(PROFILES.item_path(present["id"]))
    assert after["description"] == "as captured"
    assert after["rolloutSettings"] == present["rolloutSettings"]


def test_an_update_brings_back_a_rollout_to_come(client: GraphClient) -> None:
    present = made(client, profile("Moved", 5, 40, 7))
    captured = {**present, "rolloutSettings": profile("", 10, 60, 7)["rolloutSettings"]}

    update_policy(client, PROFILES, present["id"], captured, present)

    assert client.get(PROFILES.item_path(present["id"]))["rolloutSettings"] == captured["rolloutSettings"]


@pytest.mark.parametrize(
    ("start", "end", "interval"),
    [(-1, None, None), (1, 30, 7), (5, 5.5, None), (5, 10, 7)],
    ids=["in the past", "too soon", "too short", "longer between two offers than all in all"],
)
def test_the_simulated_tenant_refuses_what_a_real_one_refuses(
    client: GraphClient, start: float, end: float | None, interval: int | None
) -> None:
    with pytest.raises(GraphError) as refused:
        client.post(PROFILES.path, profile("Refused", start, end, interval))
    assert refused.value.code == BAD_REQUEST
